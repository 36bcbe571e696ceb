#ifndef PIXELCLIP_ENGINE_LOCAL_BACKEND_H_
#define PIXELCLIP_ENGINE_LOCAL_BACKEND_H_

#include <memory>
#include <string>

#include "cli/segment_backend.h"
#include "engine/model_options.h"

namespace pixelclip {

// Segments in this process. Embeds the vocabulary once, for all pictures. For one thread at a time: a picture
// already uses every core.
class LocalBackend : public SegmentBackend {
 public:
  // INVALID_ARGUMENT with the field if the vocabulary is at fault.
  static absl::StatusOr<std::unique_ptr<SegmentBackend>> Create(LoadedModel model,
                                                                const Vocabulary& vocabulary,
                                                                const ClassifyOptions& outputs);

  absl::StatusOr<SegmentAnswer> Segment(const std::string& encoded_picture) override;

 private:
  LocalBackend(LoadedModel model, EmbeddedVocabulary vocabulary, ClassifyOptions outputs,
               double text_seconds);

  const LoadedModel model_;
  const EmbeddedVocabulary vocabulary_;
  const ClassifyOptions outputs_;
  double text_seconds_;  // to be told with the first picture
};

}  // namespace pixelclip

#endif  // PIXELCLIP_ENGINE_LOCAL_BACKEND_H_
