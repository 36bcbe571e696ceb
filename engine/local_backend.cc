#include "engine/local_backend.h"

#include <utility>
#include <vector>

#include "core/image/decode.h"
#include "core/stopwatch.h"

namespace pixelclip {

absl::StatusOr<std::unique_ptr<SegmentBackend>> LocalBackend::Create(LoadedModel model,
                                                                     const Vocabulary& vocabulary,
                                                                     const ClassifyOptions& outputs) {
  const Stopwatch stopwatch;
  absl::StatusOr<EmbeddedVocabulary> embedded = model.segmenter->EmbedVocabulary(vocabulary);
  if (!embedded.ok()) return embedded.status();
  return std::unique_ptr<SegmentBackend>(
      new LocalBackend(std::move(model), *std::move(embedded), outputs, stopwatch.Total()));
}

LocalBackend::LocalBackend(LoadedModel model, EmbeddedVocabulary vocabulary, ClassifyOptions outputs,
                           double text_seconds)
    : model_(std::move(model)),
      vocabulary_(std::move(vocabulary)),
      outputs_(std::move(outputs)),
      text_seconds_(text_seconds) {}

absl::StatusOr<SegmentAnswer> LocalBackend::Segment(const std::string& encoded_picture) {
  const Segmenter& segmenter = *model_.segmenter;
  Stopwatch stopwatch;
  StageTimes seconds;
  seconds.text = std::exchange(text_seconds_, 0);

  absl::StatusOr<Image> image = DecodeImage(encoded_picture);
  if (!image.ok()) return image.status();
  seconds.decode = stopwatch.Lap();

  absl::StatusOr<NetworkInput> input = segmenter.Preprocess(*image);
  if (!input.ok()) return input.status();
  std::vector<NetworkInput> batch;
  batch.push_back(*std::move(input));
  seconds.preprocess = stopwatch.Lap();

  const absl::StatusOr<std::vector<DenseFeatures>> features = segmenter.EncodeImages(batch);
  if (!features.ok()) return features.status();
  seconds.encoder = stopwatch.Lap();

  absl::StatusOr<Segmentation> segmentation =
      segmenter.Classify(features->front(), vocabulary_, image->width, image->height, outputs_);
  if (!segmentation.ok()) return segmentation.status();
  seconds.classify = stopwatch.Lap();

  SegmentAnswer answer;
  answer.segmentation = *std::move(segmentation);
  answer.segmentation.seconds = seconds;
  answer.model = model_.name;
  answer.version = segmenter.version();
  answer.stage_seconds = {{"decode", seconds.decode},     {"preprocess", seconds.preprocess},
                          {"text", seconds.text},         {"encoder", seconds.encoder},
                          {"classify", seconds.classify}, {"total", stopwatch.Total() + seconds.text}};
  answer.picture = *std::move(image);
  return answer;
}

}  // namespace pixelclip
