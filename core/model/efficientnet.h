#ifndef PIXELCLIP_CORE_MODEL_EFFICIENTNET_H_
#define PIXELCLIP_CORE_MODEL_EFFICIENTNET_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/convolution.h"
#include "core/model/refiner.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// EfficientNet-Lite0 (Tan and Le 2019; timm's tf_efficientnet_lite0) under OpenCLIP's linear projection: no
// pooling, so that every position of the last feature map becomes a dense feature; a Refiner may follow.
//
// Batch norms are folded into their convolutions when it is made, differentiably; their statistics are
// constants.
class EfficientNet : public VisualEncoder {
 public:
  // `weights`: the scope "visual" of a checkpoint.
  EfficientNet(const EfficientNetConfig& config, const Weights& weights);

  // In bf16 the trunk is, but neither the projection nor the refiner.
  size_t Pack(Precision precision) override;

  // h and w are H and W over patch_size(), rounded up.
  at::Tensor EncodeDense(const at::Tensor& images) const override;
  int64_t patch_size() const override { return patch_size_; }

 private:
  // A chain of convolutions, their batch norms folded in, with an optional shortcut around it.
  struct Block {
    std::vector<Convolution> convolutions;
    bool has_shortcut = false;
  };

  int64_t patch_size_;
  std::vector<Block> blocks_;
  at::Tensor projection_;  // [D, channels]
  std::optional<Refiner> refiner_;
  size_t detail_block_ = 0;  // whose output the refiner sees
  bool is_bf16_ = false;     // the trunk
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_EFFICIENTNET_H_
