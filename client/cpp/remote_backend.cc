#include "client/cpp/remote_backend.h"

#include <utility>

namespace pixelclip {

RemoteBackend::RemoteBackend(std::unique_ptr<Client> client, Vocabulary vocabulary,
                             SegmentRequestOptions options)
    : client_(std::move(client)), vocabulary_(std::move(vocabulary)), options_(std::move(options)) {}

absl::StatusOr<SegmentAnswer> RemoteBackend::Segment(const std::string& encoded_picture) {
  absl::StatusOr<SegmentResult> result = client_->Segment(encoded_picture, vocabulary_, options_);
  if (!result.ok()) return result.status();
  SegmentAnswer answer;
  answer.segmentation = std::move(result->segmentation);
  answer.model = result->model.name;
  answer.version = result->model.version;
  const StageTimes& seconds = answer.segmentation.seconds;
  answer.stage_seconds = {{"decode", seconds.decode},         {"preprocess", seconds.preprocess},
                          {"queue", result->queue_seconds},   {"text", seconds.text},
                          {"encoder", seconds.encoder},       {"classify", seconds.classify},
                          {"encode", result->encode_seconds}, {"total", result->total_seconds}};
  return answer;
}

}  // namespace pixelclip
