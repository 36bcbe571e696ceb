#ifndef PIXELCLIP_CLIENT_LOAD_ARRIVALS_H_
#define PIXELCLIP_CLIENT_LOAD_ARRIVALS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <vector>

namespace pixelclip {

// When calls are due. Times are seconds after the run's start. Not thread-safe.
class Arrivals {
 public:
  virtual ~Arrivals() = default;

  // When the next call is due; infinity while it takes an answer to know.
  virtual double NextDue() const = 0;

  // The next call is on its way.
  virtual void Sent() = 0;

  // A call that was sent has been answered.
  virtual void Answered(double now) = 0;
};

// Each of `callers` sends a call, waits for the answer and sends the next.
class ClosedLoop : public Arrivals {
 public:
  explicit ClosedLoop(int callers);

  double NextDue() const override;
  void Sent() override { due_.pop(); }
  void Answered(double now) override { due_.push(now); }

 private:
  std::priority_queue<double, std::vector<double>, std::greater<>> due_;  // of the callers that do not wait
};

// Calls come whether or not earlier ones were answered.
class OpenLoop : public Arrivals {
 public:
  // One call every 1 / rate seconds.
  static std::unique_ptr<Arrivals> Constant(double rate);

  // As from very many independent users: `rate` calls a second on average, with exponentially distributed
  // pauses.
  static std::unique_ptr<Arrivals> Poisson(double rate, uint32_t seed);

  double NextDue() const override { return due_; }
  void Sent() override { due_ = next_(); }
  void Answered(double now) override {}

 private:
  explicit OpenLoop(std::function<double()> next) : next_(std::move(next)), due_(next_()) {}

  const std::function<double()> next_;  // the time of one call after the other
  double due_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_ARRIVALS_H_
