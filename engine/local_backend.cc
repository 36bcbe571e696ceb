#include "engine/local_backend.h"

#include <utility>
#include <vector>

#include "core/image/decode.h"
#include "core/refine_labels.h"
#include "core/segment_tiled.h"
#include "core/stopwatch.h"

namespace pixelclip {

absl::StatusOr<std::unique_ptr<SegmentBackend>> LocalBackend::Create(LoadedModel model,
                                                                     const Vocabulary& vocabulary,
                                                                     LocalBackendOptions options) {
  const Stopwatch stopwatch;
  auto embedded = model.segmenter->EmbedVocabulary(vocabulary);
  if (!embedded.ok()) return embedded.status();
  return std::unique_ptr<SegmentBackend>(
      new LocalBackend(std::move(model), *std::move(embedded), std::move(options), stopwatch.Total()));
}

LocalBackend::LocalBackend(LoadedModel model, std::shared_ptr<const EmbeddedVocabulary> vocabulary,
                           LocalBackendOptions options, double text_seconds)
    : model_(std::move(model)),
      vocabulary_(std::move(vocabulary)),
      options_(std::move(options)),
      text_seconds_(text_seconds) {}

absl::StatusOr<SegmentAnswer> LocalBackend::Segment(const std::string& encoded_picture) {
  const Segmenter& segmenter = *model_.segmenter;
  Stopwatch stopwatch;
  absl::StatusOr<Image> picture = DecodeImage(encoded_picture, options_.decode_limits);
  if (!picture.ok()) return picture.status();
  const double decode_seconds = stopwatch.Lap();
  absl::StatusOr<Segmentation> segmentation =
      options_.tiling ? SegmentTiled(segmenter, *picture, *vocabulary_, options_.outputs, *options_.tiling,
                                     options_.input)
                      : SegmentWhole(*picture);
  if (!segmentation.ok()) return segmentation.status();

  SegmentAnswer answer;
  answer.segmentation = *std::move(segmentation);
  StageTimes& seconds = answer.segmentation.seconds;
  seconds.decode = decode_seconds;
  seconds.text = std::exchange(text_seconds_, 0);
  answer.model = model_.name;
  answer.version = segmenter.version();
  answer.stage_seconds = {{"decode", seconds.decode},     {"preprocess", seconds.preprocess},
                          {"text", seconds.text},         {"encoder", seconds.encoder},
                          {"classify", seconds.classify}, {"total", stopwatch.Total() + seconds.text}};
  if (options_.keep_picture) answer.picture = *std::move(picture);
  return answer;
}

absl::StatusOr<Segmentation> LocalBackend::SegmentWhole(const Image& picture) const {
  const Segmenter& segmenter = *model_.segmenter;
  StageTimes seconds;
  Stopwatch stopwatch;
  absl::StatusOr<NetworkInput> input = segmenter.Preprocess(picture, options_.input);
  if (!input.ok()) return input.status();
  seconds.preprocess = stopwatch.Lap();
  const absl::StatusOr<std::vector<DenseFeatures>> features = segmenter.EncodeImages({*std::move(input)});
  if (!features.ok()) return features.status();
  seconds.encoder = stopwatch.Lap();
  const Image guide = options_.outputs.refine_steps > 0 ? MakeRefinementGuide(picture) : Image();
  absl::StatusOr<Segmentation> segmentation = segmenter.Classify(
      features->front(), *vocabulary_, picture.width, picture.height, options_.outputs, &guide);
  if (!segmentation.ok()) return segmentation.status();
  seconds.classify = stopwatch.Lap();
  segmentation->seconds = seconds;
  return segmentation;
}

}  // namespace pixelclip
