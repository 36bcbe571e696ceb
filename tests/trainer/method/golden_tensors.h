#ifndef PIXELCLIP_TESTS_TRAINER_METHOD_GOLDEN_TENSORS_H_
#define PIXELCLIP_TESTS_TRAINER_METHOD_GOLDEN_TENSORS_H_

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/checkpoint/safetensors.h"
#include "core/model/plain_array.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip::testing {

// The tensors of a safetensors file, as float32.
inline std::map<std::string, at::Tensor> GoldenTensorsOf(const std::string& path) {
  std::map<std::string, at::Tensor> tensors;
  const auto file = SafetensorsFile::Open(path);
  EXPECT_TRUE(file.ok()) << file.status();
  for (const auto& [key, stored] : file->tensors()) {
    tensors[key] = ViewAsTensor(ToFloat32(stored), stored.shape).clone();
  }
  return tensors;
}

// Those of one file of the fixture.
inline std::map<std::string, at::Tensor> GoldenTensors(const std::string& name) {
  return GoldenTensorsOf(Fixture("method/" + name + ".safetensors"));
}

// As of tests/testing/tensors.h; infinite for different shapes.
inline double RelativeError(const at::Tensor& got, const at::Tensor& expected) {
  if (got.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  return RelativeError(ToPlainArray(got.detach().to(at::kFloat)),
                       ToPlainArray(expected.detach().to(at::kFloat)));
}

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_METHOD_GOLDEN_TENSORS_H_
