#ifndef PIXELCLIP_CORE_CHECKPOINT_SCHEMA_H_
#define PIXELCLIP_CORE_CHECKPOINT_SCHEMA_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/weight_file.h"
#include "core/model_config.h"

namespace pixelclip {

// The tensors of a CLIP with a ViT, a ConvNeXt or an EfficientNet-Lite0, under Checkpoint's names, for both
// directions: dimensions from shapes, and shapes from dimensions.

// Height and width of the pictures that the model was trained with.
using ImageSize = std::pair<int64_t, int64_t>;

// Tells the visual encoder by its tensors and reads every dimension that the shapes tell: widths, depths,
// patch size, grid, vocabulary, context, embed_dim. Heads, activations, epsilons and pooling keep their
// defaults. The grid of patches is square unless `image_size` says otherwise. INVALID_ARGUMENT where tensors
// that are needed for this are missing or oddly shaped.
absl::StatusOr<ModelConfig> InferDimensions(const TensorMap& tensors,
                                            std::optional<ImageSize> image_size = std::nullopt);

// Name and shape of every tensor of such a model.
std::map<std::string, std::vector<int64_t>> ExpectedTensors(const ModelConfig& config);

// INVALID_ARGUMENT, listing a few names, for missing tensors, for tensors that no such model has, for shapes
// other than expected and for elements that are not floating-point; and for heads that do not divide the
// width.
absl::Status CheckTensors(const ModelConfig& config, const TensorMap& tensors);

// INVALID_ARGUMENT if the tensors, copied out, would take more than the file does: views may share bytes, and
// a small file could ask for any amount of memory.
absl::Status CheckTotalSize(const TensorMap& tensors, size_t file_size);

// Heads of 64 channels each in every transformer, as OpenAI's models have. INVALID_ARGUMENT if 64 does not
// divide a width.
absl::Status UseHeadsOf64(ModelConfig& config);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_SCHEMA_H_
