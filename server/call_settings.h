#ifndef PIXELCLIP_SERVER_CALL_SETTINGS_H_
#define PIXELCLIP_SERVER_CALL_SETTINGS_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "core/input_options.h"
#include "core/label_picture.h"
#include "core/text/vocabulary.h"
#include "core/tiling.h"
#include "pixelclip/v1/segmentation.pb.h"
#include "server/encode_task.h"
#include "server/served_model.h"
#include "server/server_state.h"

namespace pixelclip {

// What a request asks for, apart from its picture; what all pictures of a stream have in common.
struct CallSettings {
  std::shared_ptr<const ServedModel> model;
  Vocabulary vocabulary;
  ClassifyOptions classify;
  v1::LabelMapEncoding label_map = v1::LABEL_MAP_ENCODING_PNG;
  bool keep_features = false;
  Priority priority = Priority::kNormal;
  std::optional<TilingOptions> tiling;
  InputOptions input;
};

// Finds the model and the registered vocabulary, and checks everything that needs no picture but the words
// themselves, which EmbedVocabulary does. Errors name the field.
absl::StatusOr<CallSettings> ReadSettings(const v1::SegmentRequest& request, ServerState& state);
absl::StatusOr<CallSettings> ReadSettings(const v1::SegmentStreamStart& start, ServerState& state);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALL_SETTINGS_H_
