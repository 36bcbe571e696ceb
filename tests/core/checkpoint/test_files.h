#ifndef PIXELCLIP_TESTS_CORE_CHECKPOINT_TEST_FILES_H_
#define PIXELCLIP_TESTS_CORE_CHECKPOINT_TEST_FILES_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/schema.h"

namespace pixelclip {

inline std::string Fixture(const std::string& name) {
  return std::string(PIXELCLIP_TEST_FIXTURES "/") + name;
}
inline std::string TorchSample(const std::string& name) {
  return std::string(PIXELCLIP_TEST_DATA "/torch/") + name;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A directory of its own that goes away with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = ::testing::TempDir() + "/checkpointXXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
    return path_ + "/" + name;
  }
  std::string Copy(const std::string& from, const std::string& name) const {
    std::filesystem::copy_file(from, path_ + "/" + name);
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

// Little-endian bytes of a number.
inline std::string Bytes(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += i < 8 ? static_cast<char>(value >> (8 * i)) : '\0';
  return bytes;
}

// A whole CLIP in memory, small: vision 64 wide with one layer, a 2x2 grid of patches of 4; text 64 wide with
// one layer, context 8, vocabulary 50; embed_dim 16. Each tensor has values of its own.
class TinyClip {
 public:
  explicit TinyClip(DType dtype = DType::kF16) {
    config.embed_dim = 16;
    VitConfig vision;
    vision.width = 64;
    vision.layers = 1;
    vision.heads = 1;
    vision.mlp_width = 256;
    vision.patch_size = 4;
    vision.grid_height = vision.grid_width = 2;
    config.vision = vision;
    config.text.width = 64;
    config.text.layers = 1;
    config.text.heads = 1;
    config.text.mlp_width = 256;
    config.text.context_length = 8;
    config.text.vocabulary_size = 50;
    for (const auto& [name, shape] : ExpectedTensors(config)) Add(name, shape, dtype);
  }

  // Random finite values under that name.
  void Add(const std::string& name, const std::vector<int64_t>& shape, DType dtype = DType::kF16) {
    StoredTensor tensor{dtype, shape, ContiguousStrides(shape), nullptr};
    std::string& bytes = buffers_[name];
    bytes.resize(static_cast<size_t>(NumElements(tensor) * ItemSize(dtype)));
    for (char& byte : bytes) byte = static_cast<char>(random_() % 64);  // small exponents in every dtype
    tensor.data = reinterpret_cast<const std::byte*>(bytes.data());
    tensors[name] = tensor;
  }

  // Every name that starts with `from` starts with `to` instead.
  void Rename(const std::string& from, const std::string& to) {
    std::map<std::string, StoredTensor> renamed;
    for (const auto& [name, tensor] : tensors) {
      renamed[name.compare(0, from.size(), from) == 0 ? to + name.substr(from.size()) : name] = tensor;
    }
    tensors = renamed;
  }

  std::string WriteTo(const std::string& path) const {
    EXPECT_TRUE(WriteSafetensors(path, tensors).ok());
    return path;
  }

  // The configuration that OpenCLIP would have for it.
  static constexpr char kOpenClipConfig[] = R"({"model_cfg": {"embed_dim": 16, "quick_gelu": true,
      "vision_cfg": {"image_size": 8, "layers": 1, "width": 64, "patch_size": 4},
      "text_cfg": {"context_length": 8, "vocab_size": 50, "width": 64, "heads": 1, "layers": 1}}})";

  ModelConfig config;
  std::map<std::string, StoredTensor> tensors;

 private:
  std::mt19937 random_{1};
  std::map<std::string, std::string> buffers_;
};

// Same names, dtypes and bytes.
inline void ExpectSameTensors(const std::map<std::string, StoredTensor>& a,
                              const std::map<std::string, StoredTensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    const auto other = b.find(name);
    ASSERT_NE(other, b.end()) << name;
    EXPECT_EQ(tensor.shape, other->second.shape) << name;
    EXPECT_EQ(ToFloat32(tensor), ToFloat32(other->second)) << name;
  }
}

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_CORE_CHECKPOINT_TEST_FILES_H_
