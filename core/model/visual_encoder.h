#ifndef PIXELCLIP_CORE_MODEL_VISUAL_ENCODER_H_
#define PIXELCLIP_CORE_MODEL_VISUAL_ENCODER_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/model/weights.h"
#include "core/model_config.h"
#include "core/precision.h"

namespace pixelclip {

// The tower that turns pictures into dense features. One implementation for each architecture; a new one
// (SigLIP, ...) derives from this: docs/architecture.md, "Where new things go".
//
// Immutable but for Pack, and without locks: any number of threads may encode at once.
class VisualEncoder {
 public:
  virtual ~VisualEncoder() = default;

  // Makes it ready to encode without gradients in a precision that CheckPrecision allows: as it is made, it
  // is in fp32 and differentiable. Call it before anything else, once at most. Returns by how many bytes the
  // weights are smaller now.
  virtual size_t Pack(Precision precision) = 0;

  // images: [B, 3, H, W] float32, normalised. Returns [B, h, w, D] float32, not normalised, with h and w
  // about H and W over patch_size(). H and W must be at least that.
  virtual at::Tensor EncodeDense(const at::Tensor& images) const = 0;

  // Pixels a side that one dense feature stands for: the smallest input.
  virtual int64_t patch_size() const = 0;
};

// What whoever runs an encoder says of features that are not finite.
inline constexpr char kFeaturesNotFinite[] =
    "the visual encoder's features are not finite: are the weights intact?";

// `weights`: the scope "visual" of a checkpoint of that config.
std::unique_ptr<VisualEncoder> MakeVisualEncoder(const ModelConfig& config, const Weights& weights);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_VISUAL_ENCODER_H_
