#include "client/load/arrivals.h"

#include <limits>

namespace pixelclip {

ClosedLoop::ClosedLoop(int callers) {
  for (int i = 0; i < callers; ++i) due_.push(0);
}

double ClosedLoop::NextDue() const {
  return due_.empty() ? std::numeric_limits<double>::infinity() : due_.top();
}

std::unique_ptr<Arrivals> OpenLoop::Constant(double rate) {
  // A product, since a sum of pauses would drift.
  return std::unique_ptr<Arrivals>(
      new OpenLoop([rate, sent = int64_t{0}]() mutable { return static_cast<double>(sent++) / rate; }));
}

std::unique_ptr<Arrivals> OpenLoop::Poisson(double rate, uint32_t seed) {
  return std::unique_ptr<Arrivals>(
      new OpenLoop([random = std::mt19937_64(seed), pause = std::exponential_distribution<double>(rate),
                    time = 0.0]() mutable { return time += pause(random); }));
}

}  // namespace pixelclip
