#ifndef PIXELCLIP_CORE_MODEL_CONVNEXT_H_
#define PIXELCLIP_CORE_MODEL_CONVNEXT_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/layers.h"
#include "core/model/linear.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// ConvNeXt (Liu et al. 2022; timm's convnext_*) under OpenCLIP's projection: no pooling, so that every
// position of the last feature map becomes a dense feature. Each of its strides drops what is left over on
// the right and at the bottom, as convolutions do.
//
// Feature maps lie in memory with their channels last, [B, h, w, channels], from the stem to the end.
class ConvNeXt : public VisualEncoder {
 public:
  // `weights`: the scope "visual" of a checkpoint. `branch_factors`, for training with stochastic depth:
  // [blocks, B] float32, what each block's branch is multiplied by for each of the B pictures that are to be
  // encoded; 0 leaves the block out. Such an encoder is not packed.
  ConvNeXt(const ConvNeXtConfig& config, const Weights& weights, const at::Tensor& branch_factors = {});

  // In every precision convolutions, norms and the projection stay in fp32.
  size_t Pack(Precision precision) override;

  // h and w are H and W over patch_size(), rounded down.
  at::Tensor EncodeDense(const at::Tensor& images) const override;
  int64_t patch_size() const override { return ConvNeXtConfig::kStride; }

 private:
  // A convolution of k x k with stride k that does not overlap itself, or one of depth with stride 1.
  struct Convolution {
    explicit Convolution(const Weights& weights);
    at::Tensor operator()(const at::Tensor& x) const;

    at::Tensor weight, bias;
    bool depthwise;
  };

  // x + factor * gamma * mlp(norm(conv_dw(x))).
  struct Block {
    Block(const Weights& weights, double eps, const at::Tensor& factor);
    at::Tensor operator()(const at::Tensor& x) const;

    Convolution conv_dw;
    LayerNorm norm;
    Mlp mlp;            // gamma is a factor of fc2
    at::Tensor factor;  // [B, 1, 1, 1], or undefined for 1
  };

  // Halves the resolution.
  struct Downsample {
    Downsample(const Weights& weights, double eps);
    at::Tensor operator()(const at::Tensor& x) const;

    LayerNorm norm;
    Convolution conv;
  };

  struct Stage {
    std::optional<Downsample> downsample;  // the first stage has none
    std::vector<Block> blocks;
  };

  Convolution stem_;
  LayerNorm stem_norm_;
  std::vector<Stage> stages_;
  LayerNorm head_norm_;
  std::optional<Linear> hidden_;  // of a projection that is an MLP
  Linear projection_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_CONVNEXT_H_
