#ifndef PIXELCLIP_ENGINE_LOCAL_BACKEND_H_
#define PIXELCLIP_ENGINE_LOCAL_BACKEND_H_

#include <memory>
#include <optional>
#include <string>

#include "cli/segment_backend.h"
#include "core/image/decode_limits.h"
#include "core/tiling.h"
#include "engine/model_options.h"

namespace pixelclip {

struct LocalBackendOptions {
  ClassifyOptions outputs;
  std::optional<TilingOptions> tiling;  // absent: every picture is taken as a whole
  InputOptions input;
  DecodeLimits decode_limits;
  bool keep_picture = false;  // hand out SegmentAnswer::picture, which takes three bytes a pixel
};

// Segments in this process. Embeds the vocabulary once, for all pictures. For one thread at a time: a picture
// already uses every core.
class LocalBackend : public SegmentBackend {
 public:
  // INVALID_ARGUMENT with the field if the vocabulary is at fault.
  static absl::StatusOr<std::unique_ptr<SegmentBackend>> Create(LoadedModel model,
                                                                const Vocabulary& vocabulary,
                                                                LocalBackendOptions options);

  absl::StatusOr<SegmentAnswer> Segment(const std::string& encoded_picture) override;

 private:
  LocalBackend(LoadedModel model, std::shared_ptr<const EmbeddedVocabulary> vocabulary,
               LocalBackendOptions options, double text_seconds);

  absl::StatusOr<Segmentation> SegmentWhole(const Image& picture) const;

  const LoadedModel model_;
  const std::shared_ptr<const EmbeddedVocabulary> vocabulary_;
  const LocalBackendOptions options_;
  double text_seconds_;  // to be told with the first picture
};

}  // namespace pixelclip

#endif  // PIXELCLIP_ENGINE_LOCAL_BACKEND_H_
