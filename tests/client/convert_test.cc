#include "client/cpp/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/image/png.h"
#include "core/image/rle.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LabelMap Labels() { return {3, 2, {0, 2, 2, 0, 1, 300}}; }

void SetLabelMap(LabelMapTransport transport, const LabelMap& labels, v1::LabelMap& encoded) {
  switch (transport) {
    case LabelMapTransport::kPng:
      encoded.set_png(*EncodePng(labels));
      break;
    case LabelMapTransport::kRle:
      encoded.mutable_rle();
      for (const RleMask& mask : EncodeRle(labels, 301)) {
        if (mask.label > 2 && mask.label < 300) continue;  // as a server, only those with pixels
        v1::RleMask& sent = *encoded.mutable_rle()->add_masks();
        sent.set_label(mask.label);
        sent.set_counts(mask.counts);
      }
      break;
    case LabelMapTransport::kRaw:
      encoded.mutable_raw()->set_bytes_per_label(2);
      for (const uint16_t label : labels.labels) {
        encoded.mutable_raw()->mutable_labels()->push_back(static_cast<char>(label & 255));
        encoded.mutable_raw()->mutable_labels()->push_back(static_cast<char>(label >> 8));
      }
      break;
  }
}

// An answer of 3 x 2 pixels and 301 classes.
v1::SegmentResponse Response(LabelMapTransport transport) {
  v1::SegmentResponse response;
  response.set_width(3);
  response.set_height(2);
  SetLabelMap(transport, Labels(), *response.mutable_label_map());
  for (int label = 0; label < 301; ++label) response.add_classes()->set_label(label);
  v1::ClassResult& dog = *response.mutable_classes(0);
  dog.set_name("dog");
  dog.set_pixels(2);
  dog.set_share(1.0 / 3);
  dog.set_mean_score(0.25);
  dog.mutable_box()->set_width(1);
  dog.mutable_box()->set_height(2);
  response.mutable_classes(300)->set_is_background(true);
  response.mutable_model()->set_name("mini");
  response.mutable_model()->set_version("0123456789ab");
  response.mutable_seconds()->set_encoder(0.5);
  response.mutable_seconds()->set_queue(0.25);
  response.mutable_seconds()->set_total(1);
  response.set_request_id("r1");
  response.set_features_id("f1");
  response.set_features_expire_seconds(60);
  return response;
}

std::string ErrorOf(const v1::SegmentResponse& response) {
  const auto result = ReadSegmentResponse(response);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  return std::string(result.status().message());
}

class EveryTransport : public testing::TestWithParam<LabelMapTransport> {};

TEST_P(EveryTransport, GivesTheSameLabelMap) {
  const auto result = ReadSegmentResponse(Response(GetParam()));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->segmentation.labels.width, 3);
  EXPECT_EQ(result->segmentation.labels.height, 2);
  EXPECT_EQ(result->segmentation.labels.labels, Labels().labels);
}

TEST_P(EveryTransport, RefusesAMapOfAnotherSize) {
  v1::SegmentResponse response = Response(GetParam());
  response.set_width(2);
  EXPECT_THAT(ErrorOf(response), HasSubstr("label map: "));
}

TEST_P(EveryTransport, RefusesALabelWithoutAClass) {
  v1::SegmentResponse response = Response(GetParam());
  response.mutable_classes()->RemoveLast();
  EXPECT_THAT(ErrorOf(response), HasSubstr("label map: label 300 of 300 classes"));
}

INSTANTIATE_TEST_SUITE_P(ReadSegmentResponse, EveryTransport,
                         testing::Values(LabelMapTransport::kPng, LabelMapTransport::kRle,
                                         LabelMapTransport::kRaw));

TEST(ReadSegmentResponse, ReadsSmallRawLabels) {
  v1::SegmentResponse response = Response(LabelMapTransport::kPng);
  v1::RawLabelMap& raw = *response.mutable_label_map()->mutable_raw();
  raw.set_bytes_per_label(1);
  raw.set_labels("\x01\x02\xff\x00\x00\x00", 6);
  EXPECT_THAT(ReadSegmentResponse(response)->segmentation.labels.labels, ElementsAre(1, 2, 255, 0, 0, 0));
  raw.set_bytes_per_label(3);
  EXPECT_THAT(ErrorOf(response), HasSubstr("3 bytes a label"));
}

TEST(ReadSegmentResponse, ReadsClassesModelAndTimes) {
  const auto result = ReadSegmentResponse(Response(LabelMapTransport::kRle));
  ASSERT_TRUE(result.ok()) << result.status();
  const ClassSummary& dog = result->segmentation.classes[0];
  EXPECT_EQ(dog.name, "dog");
  EXPECT_EQ(dog.pixels, 2);
  EXPECT_EQ(dog.mean_score, 0.25);
  EXPECT_EQ(dog.box.width, 1);
  EXPECT_TRUE(result->segmentation.classes[300].is_background);
  EXPECT_EQ(result->model.name, "mini");
  EXPECT_EQ(result->model.version, "0123456789ab");
  EXPECT_EQ(result->segmentation.seconds.encoder, 0.5);
  EXPECT_EQ(result->queue_seconds, 0.25);
  EXPECT_EQ(result->total_seconds, 1);
  EXPECT_EQ(result->request_id, "r1");
  EXPECT_EQ(result->features_id, "f1");
  EXPECT_EQ(result->features_expire_seconds, 60);
  EXPECT_FALSE(result->segmentation.best_scores.has_value());
}

TEST(ReadSegmentResponse, ReadsScoreMaps) {
  v1::SegmentResponse response = Response(LabelMapTransport::kPng);
  response.mutable_best_scores()->set_png(*EncodePng(GrayImage{3, 2, {1, 2, 3, 4, 5, 6}}));
  response.mutable_best_scores()->set_max_score(0.5f);
  v1::ScoreMap& dog = *response.add_score_maps();
  dog.set_class_name("dog");
  dog.set_png(response.best_scores().png());
  const auto result = ReadSegmentResponse(response);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->segmentation.best_scores->values.pixels, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(result->segmentation.best_scores->max_score, 0.5f);
  EXPECT_EQ(result->segmentation.score_maps.at(0).name, "dog");

  dog.set_png(*EncodePng(GrayImage{1, 1, {7}}));
  EXPECT_THAT(ErrorOf(response), HasSubstr("scores of \"dog\": 1x1 pixels for a picture of 3x2"));
}

TEST(ReadSegmentResponse, RefusesWhatContradictsItself) {
  v1::SegmentResponse response = Response(LabelMapTransport::kPng);
  response.clear_label_map();
  EXPECT_THAT(ErrorOf(response), HasSubstr("label map: missing"));

  response = Response(LabelMapTransport::kPng);
  response.mutable_label_map()->set_png("not a PNG");
  EXPECT_THAT(ErrorOf(response), HasSubstr("label map: "));

  response = Response(LabelMapTransport::kPng);
  response.mutable_classes(1)->set_label(7);
  EXPECT_THAT(ErrorOf(response), HasSubstr("class 1: has the label 7"));

  response = Response(LabelMapTransport::kRle);
  response.mutable_label_map()->mutable_rle()->mutable_masks(0)->set_label(70000);
  EXPECT_THAT(ErrorOf(response), HasSubstr("label 70000"));
}

TEST(ReadSegmentResponse, AllocatesNothingForAbsurdSizes) {
  for (const auto& [width, height] : {std::pair(0u, 5u), {4294967295u, 4294967295u}, {1u << 20, 1u << 20}}) {
    v1::SegmentResponse response = Response(LabelMapTransport::kRaw);
    response.set_width(width);
    response.set_height(height);
    EXPECT_THAT(ErrorOf(response), HasSubstr("size: "));
  }
}

TEST(MakeSegmentRequest, SaysWhatWasAsked) {
  Vocabulary vocabulary;
  vocabulary.classes = {{"dog", {}}, {"grass", {"lawn", "meadow"}}};
  vocabulary.templates = {"a {}."};
  vocabulary.background.emplace();
  vocabulary.background->name = "other";
  vocabulary.background->words = {"wall"};
  vocabulary.background->score_threshold = 0;
  vocabulary.background->softmax_scale = 40;
  vocabulary.synonym_rule = SynonymRule::kBest;
  SegmentRequestOptions options;
  options.model = "mini";
  options.label_map = LabelMapTransport::kRle;
  options.outputs = {/*best_scores=*/true, {"dog"}};

  options.priority = RequestPriority::kHigh;
  options.tiling = {512, 64, 0.5f};
  options.input = {InputFit::kKeepAspect, 640};
  options.outputs.refine_steps = 10;
  options.keep_features = true;

  const v1::SegmentRequest request = MakeSegmentRequest(vocabulary, options);
  EXPECT_EQ(request.priority(), v1::PRIORITY_HIGH);
  EXPECT_EQ(request.tiling().tile_size(), 512);
  EXPECT_EQ(request.tiling().overlap(), 64);
  EXPECT_EQ(request.tiling().global_weight(), 0.5f);
  EXPECT_EQ(request.inference().fit(), v1::INPUT_FIT_KEEP_ASPECT);
  EXPECT_EQ(request.inference().resolution(), 640);
  EXPECT_EQ(request.inference().refine_steps(), 10);
  EXPECT_EQ(request.vocabulary().synonym_rule(), v1::SYNONYM_RULE_BEST);
  EXPECT_EQ(request.background().softmax_scale(), 40);
  EXPECT_TRUE(request.outputs().keep_features());
  EXPECT_EQ(request.vocabulary().classes(0).name(), "dog");
  EXPECT_THAT(request.vocabulary().classes(1).synonyms(), ElementsAre("lawn", "meadow"));
  EXPECT_THAT(request.vocabulary().templates(), ElementsAre("a {}."));
  EXPECT_EQ(request.model(), "mini");
  EXPECT_EQ(request.background().name(), "other");
  EXPECT_THAT(request.background().words(), ElementsAre("wall"));
  EXPECT_TRUE(request.background().has_score_threshold()) << "0 is a threshold, too";
  EXPECT_EQ(request.outputs().label_map(), v1::LABEL_MAP_ENCODING_RLE);
  EXPECT_TRUE(request.outputs().best_scores());
  EXPECT_THAT(request.outputs().score_maps(), ElementsAre("dog"));
}

TEST(MakeSegmentRequest, LeavesOutWhatWasNotAsked) {
  Vocabulary vocabulary;
  vocabulary.classes = {{"dog", {}}};
  const v1::SegmentRequest request = MakeSegmentRequest(vocabulary, {});
  EXPECT_FALSE(request.has_background());
  EXPECT_FALSE(request.has_tiling());
  EXPECT_FALSE(request.outputs().keep_features());
  EXPECT_EQ(request.model(), "");
  EXPECT_EQ(request.outputs().label_map(), v1::LABEL_MAP_ENCODING_PNG);
}

}  // namespace
}  // namespace pixelclip
