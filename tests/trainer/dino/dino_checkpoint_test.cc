#include "trainer/dino/dino_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

std::string TinyPath() { return std::string(PIXELCLIP_TEST_DATA) + "/trainer/dino/dino_tiny.pth"; }

// Reads the tiny file after `change` has been made to its tensors.
absl::StatusOr<DinoCheckpoint> ReadChanged(const std::function<void(TensorMap&)>& change) {
  absl::StatusOr<WeightFile> file = OpenWeightFile(TinyPath());
  if (!file.ok()) return file.status();
  change(file->tensors);
  const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string path = ::testing::TempDir() + "dino_" + test + ".safetensors";
  if (absl::Status status = WriteSafetensors(path, file->tensors, {}); !status.ok()) return status;
  absl::StatusOr<DinoCheckpoint> read = ReadDinoCheckpoint(path);
  std::filesystem::remove(path);
  return read;
}

TEST(ReadDinoCheckpoint, TellsTheShape) {
  const auto checkpoint = ReadDinoCheckpoint(TinyPath());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->shape.width, 64);
  EXPECT_EQ(checkpoint->shape.layers, 2);
  EXPECT_EQ(checkpoint->shape.heads, 1);
  EXPECT_EQ(checkpoint->shape.patch_size, 4);
  EXPECT_EQ(checkpoint->shape.grid, 4);
  EXPECT_THAT(checkpoint->weights.tensors, Contains(Key("blocks.1.attn.in_proj_weight")));
}

TEST(ReadDinoCheckpoint, TakesPrefixesOffAndLeavesHeadsOut) {
  const auto checkpoint = ReadChanged([](TensorMap& tensors) {
    TensorMap wrapped;
    for (const auto& [name, tensor] : tensors) wrapped["module.backbone." + name] = tensor;
    wrapped["module.head.mlp.0.weight"] = tensors.at("norm.weight");
    tensors = wrapped;
  });
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_THAT(checkpoint->weights.tensors,
              AllOf(Contains(Key("cls_token")), Not(Contains(Key("head.mlp.0.weight")))));
}

TEST(ReadDinoCheckpoint, NamesWhatIsMissing) {
  const auto checkpoint = ReadChanged([](TensorMap& tensors) { tensors.erase("blocks.1.mlp.fc2.bias"); });
  EXPECT_EQ(checkpoint.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(checkpoint.status().message()),
              HasSubstr("there is no tensor blocks.1.mlp.c_proj.bias"));
}

TEST(ReadDinoCheckpoint, RefusesShapesThatContradict) {
  const auto positions =
      ReadChanged([](TensorMap& tensors) { tensors.at("pos_embed") = tensors.at("cls_token"); });
  EXPECT_THAT(std::string(positions.status().message()), HasSubstr("pos_embed: 1 positions"));
  const auto norm = ReadChanged(
      [](TensorMap& tensors) { tensors.at("norm.weight") = tensors.at("blocks.0.attn.qkv.bias"); });
  EXPECT_THAT(std::string(norm.status().message()), HasSubstr("norm.weight: found [192], expected [64]"));
}

TEST(ReadDinoCheckpoint, RefusesOtherModels) {
  const auto checkpoint =
      ReadDinoCheckpoint(std::string(PIXELCLIP_MODELS) + "/mini/open_clip_model.safetensors");
  EXPECT_EQ(checkpoint.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(checkpoint.status().message()), HasSubstr("expected a DINO vision transformer"));
}

}  // namespace
}  // namespace pixelclip
