#include "client/cpp/convert.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/grpc_status.h"
#include "core/image/decode_limits.h"
#include "core/image/png.h"
#include "core/image/rle.h"

namespace pixelclip {
namespace {

// Servers may take larger pictures than they do by default, for tiling; a broken one may claim any size.
constexpr DecodeLimits kLimits = {int64_t{256} << 20, 65500};

absl::Status BadResponse(const std::string& problem) {
  return absl::InternalError(absl::StrCat("the server's answer is broken: ", problem));
}

v1::LabelMapEncoding EncodingOf(LabelMapTransport transport) {
  switch (transport) {
    case LabelMapTransport::kPng:
      return v1::LABEL_MAP_ENCODING_PNG;
    case LabelMapTransport::kRle:
      return v1::LABEL_MAP_ENCODING_RLE;
    case LabelMapTransport::kRaw:
      return v1::LABEL_MAP_ENCODING_RAW;
  }
  return v1::LABEL_MAP_ENCODING_UNSPECIFIED;
}

v1::Priority PriorityOf(RequestPriority priority) {
  switch (priority) {
    case RequestPriority::kLow:
      return v1::PRIORITY_LOW;
    case RequestPriority::kNormal:
      return v1::PRIORITY_NORMAL;
    case RequestPriority::kHigh:
      return v1::PRIORITY_HIGH;
  }
  return v1::PRIORITY_UNSPECIFIED;
}

absl::StatusOr<LabelMap> DecodeRleMasks(const v1::RleLabelMap& encoded, int width, int height) {
  std::vector<RleMask> masks;
  for (const v1::RleMask& mask : encoded.masks()) {
    if (mask.label() > UINT16_MAX) return absl::InvalidArgumentError(absl::StrCat("label ", mask.label()));
    masks.push_back({height, width, mask.counts(), static_cast<uint16_t>(mask.label())});
  }
  return DecodeRle(masks, kLimits);
}

absl::StatusOr<LabelMap> DecodeRawLabels(const v1::RawLabelMap& encoded, int width, int height) {
  const size_t pixels = static_cast<size_t>(width) * height;
  const size_t bytes_per_label = encoded.bytes_per_label();
  const std::string& bytes = encoded.labels();
  if (bytes_per_label != 1 && bytes_per_label != 2) {
    return absl::InvalidArgumentError(absl::StrCat(bytes_per_label, " bytes a label"));
  }
  if (bytes.size() != pixels * bytes_per_label) {
    return absl::InvalidArgumentError(absl::StrCat(bytes.size(), " bytes for ", pixels, " labels"));
  }
  LabelMap map{width, height, std::vector<uint16_t>(pixels)};
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  for (size_t i = 0; i < pixels; ++i) {
    map.labels[i] =
        bytes_per_label == 1 ? byte(i) : static_cast<uint16_t>(byte(2 * i) | byte(2 * i + 1) << 8);
  }
  return map;
}

absl::StatusOr<LabelMap> DecodeLabelMap(const v1::LabelMap& encoded, int width, int height) {
  switch (encoded.encoding_case()) {
    case v1::LabelMap::kPng:
      return DecodeLabelPng(encoded.png(), kLimits);
    case v1::LabelMap::kRle:
      return DecodeRleMasks(encoded.rle(), width, height);
    case v1::LabelMap::kRaw:
      return DecodeRawLabels(encoded.raw(), width, height);
    case v1::LabelMap::ENCODING_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("missing, or in an encoding that this client does not know");
}

ClassSummary ReadClass(const v1::ClassResult& result) {
  ClassSummary summary;
  summary.name = result.name();
  summary.label = static_cast<uint16_t>(result.label());
  summary.is_background = result.is_background();
  summary.pixels = static_cast<int64_t>(result.pixels());
  summary.share = result.share();
  summary.mean_score = result.mean_score();
  const v1::BoundingBox& box = result.box();
  summary.box = {static_cast<int>(box.x()), static_cast<int>(box.y()), static_cast<int>(box.width()),
                 static_cast<int>(box.height())};
  return summary;
}

absl::Status ReadScoreMap(const v1::ScoreMap& encoded, int width, int height, ScoreMap& map) {
  absl::StatusOr<GrayImage> values = DecodeGrayPng(encoded.png(), kLimits);
  const std::string name = absl::StrCat("scores of \"", encoded.class_name(), "\": ");
  if (!values.ok()) return BadResponse(absl::StrCat(name, values.status().message()));
  if (values->width != width || values->height != height) {
    return BadResponse(absl::StrCat(name, values->width, "x", values->height, " pixels for a picture of ",
                                    width, "x", height));
  }
  map = {encoded.class_name(), encoded.min_score(), encoded.max_score(), *std::move(values)};
  return absl::OkStatus();
}

absl::Status ReadClassesAndLabels(const v1::SegmentResponse& response, Segmentation& segmentation) {
  const uint64_t pixels = uint64_t{response.width()} * response.height();
  if (pixels == 0 || pixels > static_cast<uint64_t>(kLimits.max_pixels)) {
    return BadResponse(absl::StrCat("size: ", response.width(), "x", response.height(),
                                    " pixels, the limit is ", kLimits.max_pixels));
  }
  const auto width = static_cast<int>(response.width());
  const auto height = static_cast<int>(response.height());
  for (const v1::ClassResult& result : response.classes()) {
    if (result.label() != segmentation.classes.size() || result.label() > UINT16_MAX) {
      return BadResponse(
          absl::StrCat("class ", segmentation.classes.size(), ": has the label ", result.label()));
    }
    segmentation.classes.push_back(ReadClass(result));
  }
  absl::StatusOr<LabelMap> labels = DecodeLabelMap(response.label_map(), width, height);
  if (!labels.ok()) return BadResponse(absl::StrCat("label map: ", labels.status().message()));
  if (labels->width != width || labels->height != height) {
    return BadResponse(absl::StrCat("label map: ", labels->width, "x", labels->height,
                                    " pixels for a picture of ", width, "x", height));
  }
  const uint16_t largest = *std::max_element(labels->labels.begin(), labels->labels.end());
  if (largest >= segmentation.classes.size()) {
    return BadResponse(
        absl::StrCat("label map: label ", largest, " of ", segmentation.classes.size(), " classes"));
  }
  segmentation.labels = *std::move(labels);
  return absl::OkStatus();
}

void FillVocabulary(const Vocabulary& vocabulary, v1::Vocabulary& sent) {
  for (const VocabularyClass& one : vocabulary.classes) {
    v1::VocabularyClass& sent_class = *sent.add_classes();
    sent_class.set_name(one.name);
    for (const std::string& synonym : one.synonyms) sent_class.add_synonyms(synonym);
  }
  for (const std::string& text : vocabulary.templates) sent.add_templates(text);
  sent.set_synonym_rule(vocabulary.synonym_rule == SynonymRule::kBest ? v1::SYNONYM_RULE_BEST
                                                                      : v1::SYNONYM_RULE_AVERAGE);
}

void FillBackground(const Background& background, v1::Background& sent) {
  sent.set_name(background.name);
  for (const std::string& word : background.words) sent.add_words(word);
  if (background.score_threshold) sent.set_score_threshold(*background.score_threshold);
  if (background.softmax_scale) sent.set_softmax_scale(*background.softmax_scale);
}

// Into a SegmentRequest or a SegmentStreamStart.
template <typename Message>
void FillWords(const RequestWords& words, Message& message) {
  if (const auto* registered = std::get_if<RegisteredVocabulary>(&words)) {
    message.set_vocabulary_id(registered->id);
  } else {
    FillVocabulary(std::get<Vocabulary>(words), *message.mutable_vocabulary());
  }
  const auto& background = std::visit(
      [](const auto& all) -> const auto& { return all.background; }, words);
  if (background) FillBackground(*background, *message.mutable_background());
}

// Into either, too.
template <typename Message>
void FillOptions(const SegmentRequestOptions& options, Message& message) {
  message.set_model(options.model);
  message.set_priority(PriorityOf(options.priority));
  if (options.tiling.has_value()) {
    message.mutable_tiling()->set_tile_size(static_cast<uint32_t>(options.tiling->tile_size));
    message.mutable_tiling()->set_overlap(static_cast<uint32_t>(options.tiling->overlap));
    message.mutable_tiling()->set_global_weight(options.tiling->global_weight);
  }
  v1::InferenceOptions& inference = *message.mutable_inference();
  inference.set_fit(options.input.fit == InputFit::kKeepAspect ? v1::INPUT_FIT_KEEP_ASPECT
                                                               : v1::INPUT_FIT_SQUASH);
  inference.set_resolution(static_cast<uint32_t>(options.input.resolution));
  inference.set_refine_steps(static_cast<uint32_t>(options.outputs.refine_steps));
  v1::Outputs& outputs = *message.mutable_outputs();
  outputs.set_label_map(EncodingOf(options.label_map));
  outputs.set_best_scores(options.outputs.best_scores);
  for (const std::string& name : options.outputs.score_maps) outputs.add_score_maps(name);
  outputs.set_keep_features(options.keep_features);
}

}  // namespace

v1::SegmentRequest MakeSegmentRequest(const RequestWords& words, const SegmentRequestOptions& options) {
  v1::SegmentRequest request;
  FillWords(words, request);
  FillOptions(options, request);
  return request;
}

v1::SegmentStreamStart MakeStreamStart(const RequestWords& words, const StreamOptions& options) {
  v1::SegmentStreamStart start;
  FillWords(words, start);
  FillOptions(options.request, start);
  start.set_max_in_flight(static_cast<uint32_t>(options.max_in_flight));
  start.set_latest_only(options.latest_only);
  return start;
}

v1::RegisterVocabularyRequest MakeRegistration(const Vocabulary& vocabulary, const std::string& model) {
  v1::RegisterVocabularyRequest request;
  FillVocabulary(vocabulary, *request.mutable_vocabulary());
  request.set_model(model);
  return request;
}

absl::StatusOr<SegmentResult> ReadSegmentResponse(const v1::SegmentResponse& response) {
  SegmentResult result;
  Segmentation& segmentation = result.segmentation;
  if (absl::Status status = ReadClassesAndLabels(response, segmentation); !status.ok()) return status;

  const auto [width, height] = std::pair(segmentation.labels.width, segmentation.labels.height);
  if (response.has_best_scores()) {
    ScoreMap& scores = segmentation.best_scores.emplace();
    if (absl::Status status = ReadScoreMap(response.best_scores(), width, height, scores); !status.ok())
      return status;
  }
  for (const v1::ScoreMap& encoded : response.score_maps()) {
    ScoreMap& scores = segmentation.score_maps.emplace_back();
    if (absl::Status status = ReadScoreMap(encoded, width, height, scores); !status.ok()) return status;
  }

  const v1::StageTimes& seconds = response.seconds();
  segmentation.seconds = {seconds.decode(), seconds.preprocess(), seconds.text(), seconds.encoder(),
                          seconds.classify()};
  result.queue_seconds = seconds.queue();
  result.encode_seconds = seconds.encode();
  result.total_seconds = seconds.total();
  result.model = {response.model().name(), response.model().version()};
  result.request_id = response.request_id();
  result.features_id = response.features_id();
  result.features_expire_seconds = response.features_expire_seconds();
  return result;
}

StreamAnswer ReadStreamAnswer(const v1::SegmentStreamResponse& response) {
  switch (response.result_case()) {
    case v1::SegmentStreamResponse::kResponse:
      return {response.id(), false, ReadSegmentResponse(response.response())};
    case v1::SegmentStreamResponse::kError:
      return {response.id(), false, FromRpcStatus(response.error())};
    case v1::SegmentStreamResponse::kSkipped:
      return {response.id(), true, absl::CancelledError("a newer picture took its place")};
    case v1::SegmentStreamResponse::RESULT_NOT_SET:
      break;
  }
  return {response.id(), false, BadResponse("neither a response nor an error")};
}

ServerListing ReadListModelsResponse(const v1::ListModelsResponse& response) {
  ServerListing served;
  for (const v1::ModelInfo& info : response.models()) {
    served.models.push_back({{info.model().name(), info.model().version()},
                             info.description(),
                             static_cast<int>(info.input_width()),
                             static_cast<int>(info.input_height()),
                             static_cast<int>(info.embedding_dimensions())});
  }
  const v1::Limits& limits = response.limits();
  served.limits.max_image_pixels = static_cast<int64_t>(limits.max_image_pixels());
  served.limits.max_request_bytes = static_cast<int64_t>(limits.max_request_bytes());
  served.limits.max_classes = limits.max_classes();
  served.limits.max_synonyms = limits.max_synonyms();
  served.limits.max_templates = limits.max_templates();
  served.limits.max_prompts = limits.max_prompts();
  served.limits.max_score_maps = limits.max_score_maps();
  served.limits.max_background_words = limits.max_background_words();
  return served;
}

}  // namespace pixelclip
