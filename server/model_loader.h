#ifndef PIXELCLIP_SERVER_MODEL_LOADER_H_
#define PIXELCLIP_SERVER_MODEL_LOADER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/served_model.h"
#include "server/server_state.h"

namespace pixelclip {

// Makes a checkpoint ready to be served: loads it onto every device of the settings, embeds the words of
// --prewarm, and runs batches of several sizes, which warms the encoder up and tells the batcher what they
// cost. Takes seconds.
absl::StatusOr<std::shared_ptr<const ServedModel>> LoadModel(const std::string& name, const std::string& path,
                                                             ServerState& state);

// The same without a file and without running it, for tests: the segmenter on every device.
std::shared_ptr<const ServedModel> Serve(const std::string& name, std::shared_ptr<const Segmenter> segmenter,
                                         ServerState& state);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_MODEL_LOADER_H_
