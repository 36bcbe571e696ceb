// Each way of a ViT's last block against its paper's formula in NumPy: tests/data/options/make_goldens.py.
#include "core/model/last_block.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/model/plain_array.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

constexpr char kFile[] = PIXELCLIP_TEST_DATA "/options/last_block.safetensors";

class LastBlockTest : public ::testing::TestWithParam<LastBlock> {};

TEST_P(LastBlockTest, IsWhatItsPaperSays) {
  const auto file = SafetensorsFile::Open(kFile);
  ASSERT_TRUE(file.ok()) << file.status();
  const ResidualAttentionBlock block(Weights(file->tensors()), /*heads=*/3, Activation::kQuickGelu, 1e-5);
  const testing::Golden golden(kFile);
  const at::Tensor x = ViewAsTensor(golden.Values("x"), golden.Shape("x"));
  const at::Tensor out = EncodeLastBlock(GetParam(), block, x, /*h=*/3, /*w=*/5);
  const std::string name = "out." + std::string(LastBlockName(GetParam()));
  ASSERT_EQ(out.sizes().vec(), golden.Shape(name));
  EXPECT_LE(testing::RelativeError(ToPlainArray(out), golden.Values(name)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, LastBlockTest,
                         ::testing::Values(LastBlock::kPublished, LastBlock::kMaskClip, LastBlock::kSclip,
                                           LastBlock::kClearClip, LastBlock::kNaclip),
                         [](const auto& tested) { return std::string(LastBlockName(tested.param)); });

TEST(LastBlockName, GoesThereAndBack) {
  EXPECT_EQ(LastBlockOfName("sclip"), LastBlock::kSclip);
  EXPECT_EQ(LastBlockOfName("SCLIP"), std::nullopt);
  EXPECT_EQ(LastBlockOfName(""), std::nullopt);
}

}  // namespace
}  // namespace pixelclip
