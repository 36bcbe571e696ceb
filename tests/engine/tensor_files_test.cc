#include "engine/tensor_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/safetensors.h"
#include "tests/cli/temporary_folder.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
void WriteTensor(const std::string& path, const std::string& name, DType dtype,
                 const std::vector<int64_t>& shape, const std::vector<T>& values) {
  StoredTensor tensor;
  tensor.dtype = dtype;
  tensor.shape = shape;
  tensor.strides = ContiguousStrides(shape);
  tensor.data = reinterpret_cast<const std::byte*>(values.data());
  ASSERT_TRUE(WriteSafetensors(path, {{name, tensor}}).ok());
}

TEST(ReadNetworkInput, ReadsFloats) {
  const TemporaryFolder folder;
  WriteTensor<float>(folder / "in", "image", DType::kF32, {1, 3, 1, 2}, {1, 2, 3, 4, 5, 6});
  const auto input = ReadNetworkInput(folder / "in");
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->height, 1);
  EXPECT_EQ(input->width, 2);
  EXPECT_THAT(input->values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(ReadNetworkInput, ReadsHalves) {
  const TemporaryFolder folder;
  constexpr uint16_t kOne = 0x3c00;
  constexpr uint16_t kMinusTwo = 0xc000;
  WriteTensor<uint16_t>(folder / "in", "image", DType::kF16, {1, 3, 1, 1}, {kOne, kMinusTwo, 0});
  EXPECT_THAT(ReadNetworkInput(folder / "in")->values, ElementsAre(1, -2, 0));
}

TEST(ReadNetworkInput, SaysWhatItFoundInstead) {
  const TemporaryFolder folder;
  const std::string path = folder / "in";
  const auto error = [&] { return std::string(ReadNetworkInput(path).status().message()); };
  WriteTensor<float>(path, "picture", DType::kF32, {1}, {1});
  EXPECT_THAT(error(), HasSubstr("no tensor \"image\" among its 1 tensors"));
  WriteTensor<float>(path, "image", DType::kF32, {2, 3, 1, 1}, std::vector<float>(6));
  EXPECT_THAT(error(), HasSubstr("the tensor \"image\" is F32 [2, 3, 1, 1], expected"));
  WriteTensor<int32_t>(path, "image", DType::kI32, {1, 3, 1, 1}, {1, 2, 3});
  EXPECT_THAT(error(), HasSubstr("is I32"));
  WriteTensor<float>(path, "image", DType::kF32, {1, 3, 1, 20000}, std::vector<float>(60000));
  EXPECT_THAT(error(), HasSubstr("sides of 1 to 16384"));
  EXPECT_EQ(ReadNetworkInput(folder / "gone").status().code(), absl::StatusCode::kNotFound);
}

TEST(WriteTensorFile, CanBeReadAgain) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteTensorFile(folder / "out", "dense", {1, 1, 2, 2}, {1, 2, 3, 4}).ok());
  const auto file = SafetensorsFile::Open(folder / "out");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->tensors().at("dense").shape, ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(ToFloat32(file->tensors().at("dense")), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace pixelclip
