#include "core/checkpoint/stored_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;

template <typename T>
StoredTensor View(DType dtype, const std::vector<T>& values, std::vector<int64_t> shape) {
  std::vector<int64_t> strides = ContiguousStrides(shape);
  return {dtype, std::move(shape), std::move(strides), reinterpret_cast<const std::byte*>(values.data())};
}

TEST(StoredTensorTest, EveryHalfIsConvertedExactly) {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  const std::vector<float> floats = ToFloat32(View(DType::kF16, halves, {65536}));
  for (size_t i = 0; i < halves.size(); ++i) {
    const int exponent = static_cast<int>(i >> 10 & 31);
    const double mantissa = static_cast<double>(i & 1023);
    double expected = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) expected = mantissa == 0 ? INFINITY : NAN;
    if (i & 0x8000) expected = -expected;
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(floats[i])) << i;
    } else {
      EXPECT_EQ(floats[i], expected) << i;
      EXPECT_EQ(std::signbit(floats[i]), (i & 0x8000) != 0) << i;
    }
  }
}

TEST(StoredTensorTest, ConvertsEveryOtherDType) {
  EXPECT_THAT(ToFloat32(View<uint16_t>(DType::kBF16, {0x3f80, 0xc000, 0x7f80}, {3})),
              ElementsAre(1, -2, INFINITY));
  EXPECT_THAT(ToFloat32(View<float>(DType::kF32, {1.5f, -0.0f}, {2})), ElementsAre(1.5f, -0.0f));
  EXPECT_THAT(ToFloat32(View<double>(DType::kF64, {0.1, 1e300}, {2})), ElementsAre(0.1f, INFINITY));
  EXPECT_THAT(ToFloat32(View<int8_t>(DType::kI8, {-128, 127}, {2})), ElementsAre(-128, 127));
  EXPECT_THAT(ToFloat32(View<int16_t>(DType::kI16, {-3}, {1})), ElementsAre(-3));
  EXPECT_THAT(ToFloat32(View<int32_t>(DType::kI32, {-70000}, {1})), ElementsAre(-70000));
  EXPECT_THAT(ToFloat32(View<int64_t>(DType::kI64, {49408}, {})), ElementsAre(49408));
  EXPECT_THAT(ToFloat32(View<uint8_t>(DType::kU8, {255}, {1})), ElementsAre(255));
  EXPECT_THAT(ToFloat32(View<uint8_t>(DType::kBool, {1, 0}, {2})), ElementsAre(1, 0));
}

TEST(StoredTensorTest, FollowsStrides) {
  const std::vector<float> values = {0, 1, 2, 3, 4, 5};
  const StoredTensor matrix = View(DType::kF32, values, {2, 3});
  const StoredTensor transposed = Transposed(matrix);
  EXPECT_TRUE(IsContiguous(matrix));
  EXPECT_FALSE(IsContiguous(transposed));
  EXPECT_THAT(ToFloat32(transposed), ElementsAre(0, 3, 1, 4, 2, 5));
  std::vector<float> copied(6);
  std::memcpy(copied.data(), ToContiguousBytes(transposed).data(), 24);
  EXPECT_THAT(copied, ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(StoredTensorTest, ReadsUnalignedMemory) {
  std::vector<uint8_t> bytes(9);
  const float value = 2.5f;
  std::memcpy(bytes.data() + 1, &value, 4);
  std::memcpy(bytes.data() + 5, &value, 4);
  StoredTensor tensor = View(DType::kF32, bytes, {2});
  tensor.data += 1;
  EXPECT_THAT(ToFloat32(tensor), ElementsAre(2.5f, 2.5f));
}

TEST(StoredTensorTest, KnowsItsNames) {
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kI64, DType::kBool}) {
    EXPECT_EQ(DTypeFromName(DTypeName(dtype)), dtype);
  }
  EXPECT_EQ(DTypeFromName("F8_E4M3"), std::nullopt);
  EXPECT_EQ(ShapeString({128, 3}), "[128, 3]");
}

}  // namespace
}  // namespace pixelclip
