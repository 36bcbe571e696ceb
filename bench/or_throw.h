#ifndef PIXELCLIP_BENCH_OR_THROW_H_
#define PIXELCLIP_BENCH_OR_THROW_H_

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

// A benchmark that cannot go on says why and ends: each of these throws std::runtime_error.

namespace pixelclip {

template <typename T>
T ValueOf(absl::StatusOr<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
  return *std::move(result);
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace pixelclip

#endif  // PIXELCLIP_BENCH_OR_THROW_H_
