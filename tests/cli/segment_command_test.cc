#include "cli/segment_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "core/image/decode.h"
#include "core/image/png.h"
#include "tests/cli/temporary_folder.h"

namespace pixelclip {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Gives every pixel of a picture the first class.
class FakeBackend : public SegmentBackend {
 public:
  FakeBackend(Vocabulary vocabulary, ClassifyOptions outputs)
      : vocabulary_(std::move(vocabulary)), outputs_(std::move(outputs)) {}

  absl::StatusOr<SegmentAnswer> Segment(const std::string& encoded_picture) override {
    const absl::StatusOr<Image> picture = DecodeImage(encoded_picture);
    if (!picture.ok()) return picture.status();
    const int pixels = picture->width * picture->height;
    SegmentAnswer answer;
    answer.segmentation.labels = {picture->width, picture->height, std::vector<uint16_t>(pixels)};
    for (size_t i = 0; i < vocabulary_.classes.size(); ++i) {
      ClassSummary& summary = answer.segmentation.classes.emplace_back();
      summary.name = vocabulary_.classes[i].name;
      summary.label = static_cast<uint16_t>(i);
      if (i > 0) continue;
      summary.pixels = pixels;
      summary.share = 1;
      summary.mean_score = 0.25;
      summary.box = {0, 0, picture->width, picture->height};
    }
    if (outputs_.best_scores) {
      answer.segmentation.best_scores =
          ScoreMap{"", 0, 1, {picture->width, picture->height, std::vector<uint8_t>(pixels, 64)}};
    }
    answer.model = "fake";
    answer.stage_seconds = {{"total", 0.25}};
    return answer;
  }

 private:
  const Vocabulary vocabulary_;
  const ClassifyOptions outputs_;
};

class SegmentCommandTest : public testing::Test {
 protected:
  std::string WritePicture(const std::string& name, int width = 40, int height = 30) {
    const auto pixels = static_cast<size_t>(width) * height * 3;
    return folder_.Write(name, *EncodePng(Image{width, height, std::vector<uint8_t>(pixels, 128)}));
  }

  ExitCode Run() {
    return RunSegment(
        "program", options_,
        [this](const Vocabulary& vocabulary,
               const ClassifyOptions& outputs) -> absl::StatusOr<std::unique_ptr<SegmentBackend>> {
          vocabulary_ = vocabulary;
          return std::make_unique<FakeBackend>(vocabulary, outputs);
        },
        console_);
  }

  TemporaryFolder folder_;
  SegmentOptions options_;
  Vocabulary vocabulary_;  // as the back end got it
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_{out_, err_, false, ColorMode::kNone, 80, 80, [] { return 0.0; }};
};

TEST_F(SegmentCommandTest, PrintsATable) {
  const std::string picture = WritePicture("a.png");
  options_.arguments = {picture, "dog", "sky"};
  EXPECT_EQ(Run(), ExitCode::kSuccess);
  EXPECT_EQ(out_.str(), picture +
                            "  40 × 30 pixels, fake, 0.25 s\n\n"
                            "class    share  mean score\n"
                            "dog    100.0 %       0.250\n"
                            "sky      0.0 %           –\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(SegmentCommandTest, WritesEveryKindOfFile) {
  options_.arguments = {WritePicture("a.png"), "dog", "sky"};
  options_.out = folder_ / "new/overlay.jpg";
  options_.labels = folder_ / "labels.png";
  options_.scores = folder_ / "scores.png";
  options_.rle = folder_ / "rle.json";
  options_.json = true;
  ASSERT_EQ(Run(), ExitCode::kSuccess) << err_.str();

  const auto overlay = DecodeImage(folder_.Read("new/overlay.jpg"));
  ASSERT_TRUE(overlay.ok()) << overlay.status();
  EXPECT_GE(overlay->width, 40);
  const auto labels = DecodeLabelPng(folder_.Read("labels.png"));
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_EQ(labels->labels, std::vector<uint16_t>(40 * 30));
  EXPECT_EQ(DecodeGrayPng(folder_.Read("scores.png"))->pixels, std::vector<uint8_t>(40 * 30, 64));
  EXPECT_EQ(json::parse(folder_.Read("rle.json"))["annotations"].size(), 1);
  EXPECT_EQ(json::parse(out_.str())["files"]["labels"], options_.labels);
}

TEST_F(SegmentCommandTest, DoesNotLetOnePictureStopTheOthers) {
  const std::string broken = folder_.Write("broken.jpg", "not a picture");
  options_.images = {WritePicture("a.png"), broken, folder_ / "gone.png", WritePicture("b.png")};
  options_.arguments = {"dog"};
  options_.labels = folder_ / "labels/";
  EXPECT_EQ(Run(), ExitCode::kFailure);
  EXPECT_TRUE(folder_.Has("labels/a.png"));
  EXPECT_TRUE(folder_.Has("labels/b.png"));
  EXPECT_THAT(err_.str(), HasSubstr("program: " + broken + ": image.encoded: "));
  EXPECT_THAT(err_.str(), HasSubstr("program: " + (folder_ / "gone.png: No such file")));
  EXPECT_THAT(err_.str(), HasSubstr("2 of 4 pictures segmented"));
  EXPECT_THAT(err_.str(), HasSubstr("failed: " + broken + ", " + (folder_ / "gone.png")));
  EXPECT_EQ(out_.str(), "") << "what was asked for is in files";
}

TEST_F(SegmentCommandTest, PrintsJsonInThePicturesOrderFromManyThreads) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back(folder_ / ("p" + std::to_string(i) + ".png"));
    // Large ones now and then, so that the small ones behind them are done first.
    if (i != 7) WritePicture("p" + std::to_string(i) + ".png", i % 5 == 0 ? 900 : 8, 600);
  }
  options_.images = names;
  options_.arguments = {"dog"};
  options_.json = true;
  options_.parallel = 8;
  EXPECT_EQ(Run(), ExitCode::kFailure) << "there is no p7.png";
  std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), names.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const json line = json::parse(lines[i]);
    EXPECT_EQ(line["image"], names[i]);
    EXPECT_EQ(line.contains("error"), i == 7);
  }
}

TEST_F(SegmentCommandTest, BuildsTheVocabularyFromAllItsOptions) {
  options_.arguments = {WritePicture("a.png"), "dog", "grass, lawn"};
  options_.words_file = folder_.Write("words.txt", "# more\nsky\n");
  options_.words.templates = {"a photo of a {}."};
  options_.words.background_words = {"wall"};
  options_.words.background_threshold = 0.125f;
  options_.background_name = "other";
  ASSERT_EQ(Run(), ExitCode::kSuccess) << err_.str();
  ASSERT_EQ(vocabulary_.classes.size(), 3);
  EXPECT_EQ(vocabulary_.classes[1].name, "grass, lawn");
  EXPECT_EQ(vocabulary_.classes[2].name, "sky");
  EXPECT_THAT(vocabulary_.templates, ElementsAre("a photo of a {}."));
  ASSERT_TRUE(vocabulary_.background.has_value());
  EXPECT_EQ(vocabulary_.background->name, "other");
  EXPECT_THAT(vocabulary_.background->words, ElementsAre("wall"));
  EXPECT_EQ(vocabulary_.background->score_threshold, 0.125f);
}

TEST_F(SegmentCommandTest, TakesEveryArgumentForAWordBesideImageOptions) {
  options_.images = {WritePicture("a.png")};
  options_.arguments = {WritePicture("dog.png"), "sky"};
  ASSERT_EQ(Run(), ExitCode::kSuccess) << err_.str();
  EXPECT_EQ(vocabulary_.classes.size(), 2);
  EXPECT_FALSE(vocabulary_.background.has_value());
}

TEST_F(SegmentCommandTest, CallsNonsenseAUsageError) {
  const std::string picture = WritePicture("a.png");
  const auto error_of = [&](std::vector<std::string> arguments) {
    err_.str("");
    options_.arguments = std::move(arguments);
    EXPECT_EQ(Run(), ExitCode::kUsage);
    return err_.str();
  };
  EXPECT_THAT(error_of({"dog"}), HasSubstr("no picture"));
  EXPECT_THAT(error_of({picture}), HasSubstr("no words"));
  EXPECT_THAT(error_of({"gone.jpg", "dog"}), HasSubstr("gone.jpg: no such file"));
  EXPECT_THAT(error_of({"-", "-", "dog"}), HasSubstr("only one picture"));
  options_.background_name = "other";
  EXPECT_THAT(error_of({picture, "dog"}), HasSubstr("--background-name needs"));
  options_ = {};
  options_.words_file = folder_ / "gone.txt";
  EXPECT_THAT(error_of({picture, "dog"}), HasSubstr("gone.txt"));
  options_ = {};
  options_.out = "overlay.gif";
  EXPECT_THAT(error_of({picture, "dog"}), HasSubstr("--out overlay.gif"));
}

TEST_F(SegmentCommandTest, FailsWhereThereIsNoBackEnd) {
  options_.arguments = {WritePicture("a.png"), "dog"};
  const auto no_backend = [](const Vocabulary&, const ClassifyOptions&) {
    return absl::StatusOr<std::unique_ptr<SegmentBackend>>(absl::NotFoundError("no model"));
  };
  EXPECT_EQ(RunSegment("program", options_, no_backend, console_), ExitCode::kFailure);
  EXPECT_EQ(err_.str(), "program: no model\n");
}

}  // namespace
}  // namespace pixelclip
