#ifndef PIXELCLIP_TESTS_TESTING_GOLDEN_H_
#define PIXELCLIP_TESTS_TESTING_GOLDEN_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/stored_tensor.h"

// Golden values of the published implementation; tests/data/README.md says where they come from.
namespace pixelclip::testing {

inline std::string Fixture(const std::string& name) {
  return std::string(PIXELCLIP_TEST_FIXTURES) + "/" + name;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  EXPECT_TRUE(file.good()) << path;
  return contents.str();
}

// The tensors of one golden file as float32.
class Golden {
 public:
  explicit Golden(const std::string& path) {
    auto file = SafetensorsFile::Open(path);
    EXPECT_TRUE(file.ok()) << file.status();
    for (const auto& [key, tensor] : file->tensors()) tensors_[key] = {tensor.shape, ToFloat32(tensor)};
  }

  bool Has(const std::string& key) const { return tensors_.count(key) > 0; }
  const std::vector<int64_t>& Shape(const std::string& key) const { return tensors_.at(key).shape; }
  const std::vector<float>& Values(const std::string& key) const { return tensors_.at(key).values; }

 private:
  struct Tensor {
    std::vector<int64_t> shape;
    std::vector<float> values;
  };
  std::map<std::string, Tensor> tensors_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_GOLDEN_H_
