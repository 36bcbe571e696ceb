#ifndef PIXELCLIP_TESTS_TESTING_TENSORS_H_
#define PIXELCLIP_TESTS_TESTING_TENSORS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace pixelclip::testing {

// The largest difference of two equally long arrays over the largest absolute value expected. Infinite if
// they differ in length, so that a wrong shape never passes.
inline double RelativeError(const std::vector<float>& got, const std::vector<float>& expected) {
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double error = 0, largest = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    error = std::max(error, difference);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return error / largest;
}

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_TENSORS_H_
