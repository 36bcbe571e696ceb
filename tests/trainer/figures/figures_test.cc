#include "trainer/figures/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/image/decode.h"
#include "core/image/png.h"
#include "tests/testing/golden.h"
#include "trainer/masks/label_map_masks.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// A tiny CLIP with random weights and learned prompts.
std::string PromptedModel() { return testing::Fixture("vit/pixelclip.pth"); }

Image Stripes(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto value = static_cast<uint8_t>(40 + 60 * (4 * x / width) + y % 7);
      image.pixels.insert(image.pixels.end(), {value, static_cast<uint8_t>(255 - value), 90});
    }
  }
  return image;
}

// One picture in stripes, each a mask.
class StripedSource : public MaskSource {
 public:
  size_t size() const override { return 1; }
  std::string name(size_t) const override { return "stripes"; }
  absl::StatusOr<MaskedPicture> Read(size_t) const override {
    auto masks = MakeLabelMapMasks(
        {6, 4, {0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}}, 1, 90, 60);
    if (!masks.ok()) return masks.status();
    return MaskedPicture{"stripes", Stripes(90, 60), *std::move(masks)};
  }
};

class FiguresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        ::testing::TempDir() + "figures_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Write("names.txt", "dog\ncat, kitten\n# a comment\nroad\nsky\n");
    Write("stripes.png", *EncodePng(Stripes(90, 60)));
    options_.vocabulary_file = folder_ + "/names.txt";
    options_.pictures = {folder_ + "/stripes.png"};
    options_.inputs = {{PromptedModel(), "random", ""}};
    options_.activation = Activation::kQuickGelu;
    options_.method.resolution = 64;
    options_.method.mask_resolution = 64;
    options_.output = folder_ + "/figure.png";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
  }

  void ExpectFigure() {
    const absl::Status status = RunFigures(options_);
    ASSERT_TRUE(status.ok()) << status;
    const auto figure = DecodeImage(testing::ReadFile(options_.output));
    ASSERT_TRUE(figure.ok()) << figure.status();
    EXPECT_GT(figure->width, 400);
  }

  void ExpectRefused(const std::string& words) {
    const absl::Status status = RunFigures(options_);
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
    EXPECT_FALSE(std::filesystem::exists(options_.output));
  }

  std::string folder_;
  FigureOptions options_;
};

TEST_F(FiguresTest, SideBySide) {
  options_.kind = FigureKind::kSideBySide;
  options_.inputs.push_back({PromptedModel(), "", ""});
  ExpectFigure();
}

TEST_F(FiguresTest, PromptMap) {
  options_.kind = FigureKind::kPromptMap;
  ExpectFigure();
}

TEST_F(FiguresTest, PromptMasks) {
  options_.kind = FigureKind::kPromptMasks;
  ExpectFigure();
}

TEST_F(FiguresTest, TakesPromptsFromARunsFile) {
  options_.kind = FigureKind::kPromptMap;
  options_.inputs = {{testing::Fixture("vit/openai_state.pt"), "", folder_ + "/prompts.safetensors"}};
  ExpectRefused("prompts.safetensors");
  const std::vector<float> values(3 * 128, 0.1f);
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  const auto write = [&](const std::string& name, const std::vector<int64_t>& shape) {
    const StoredTensor tensor{DType::kF32, shape, ContiguousStrides(shape), data};
    ASSERT_TRUE(WriteSafetensors(folder_ + "/prompts.safetensors", {{name, tensor}}).ok());
  };
  write("words", {3, 1, 128});
  ExpectRefused("prompts.safetensors: found neither prompt_tokens nor cluster_embeddings");
  write("prompt_tokens", {3, 128});
  ExpectRefused("prompts.safetensors: prompt_tokens: found [3, 128]");
  write("prompt_tokens", {2, 3, 64});
  ExpectRefused("prompts.safetensors: sem_seg_head.predictor.prompt_tokens");
  write("prompt_tokens", {3, 1, 128});
  ExpectFigure();
}

TEST_F(FiguresTest, ClusteredMasks) {
  options_.kind = FigureKind::kClusteredMasks;
  options_.masks = std::make_shared<StripedSource>();
  ExpectFigure();
}

TEST_F(FiguresTest, Curves) {
  options_.kind = FigureKind::kCurves;
  Write("log.jsonl", "{\"step\": 1, \"loss\": 0.7}\n{\"step\": 2, \"loss\": 0.5}\n");
  options_.inputs = {{folder_ + "/log.jsonl", "seed 0", ""}};
  options_.smoothing = 2;
  ExpectFigure();
}

TEST_F(FiguresTest, RefusesAModelWithoutPrompts) {
  options_.kind = FigureKind::kPromptMap;
  options_.inputs = {{testing::Fixture("vit/openai_state.pt"), "", ""}};
  ExpectRefused("openai_state.pt: found no learned prompts");
}

TEST_F(FiguresTest, NamesWhatIsMissing) {
  options_.pictures.clear();
  ExpectRefused("pictures: expected at least one");
  options_.vocabulary_file.clear();
  ExpectRefused("vocabulary_file: expected");
  options_.kind = FigureKind::kClusteredMasks;
  ExpectRefused("masks: expected at least one");
  options_.inputs.clear();
  ExpectRefused("inputs: expected at least one");
}

TEST_F(FiguresTest, NamesABrokenFile) {
  options_.pictures = {folder_ + "/names.txt"};
  ExpectRefused("names.txt");
  options_.kind = FigureKind::kCurves;
  options_.inputs = {{folder_ + "/names.txt", "", ""}};
  ExpectRefused("names.txt: line 1");
}

TEST(FigureKindFromName, ListsTheNames) {
  EXPECT_EQ(*FigureKindFromName("prompt-map"), FigureKind::kPromptMap);
  EXPECT_THAT(std::string(FigureKindFromName("umap").status().message()),
              HasSubstr("figure \"umap\", expected one of side-by-side, prompt-map, prompt-masks"));
}

}  // namespace
}  // namespace pixelclip
