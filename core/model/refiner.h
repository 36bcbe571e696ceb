#ifndef PIXELCLIP_CORE_MODEL_REFINER_H_
#define PIXELCLIP_CORE_MODEL_REFINER_H_

#include <ATen/core/Tensor.h>

#include "core/model/convolution.h"
#include "core/model/weights.h"

namespace pixelclip {

// Doubles the density of dense features: they are normalised and interpolated, and five small convolutions
// correct them by what an early stage of the trunk still sees of edges and thin things. models/mini's own;
// models/recipe/model.py says the same in Python.
//
// Immutable but for Pack, and without locks: any number of threads may call it at once.
class Refiner {
 public:
  // `weights`: the scope "visual.refiner" of a checkpoint.
  explicit Refiner(const Weights& weights);

  // Makes it ready to run without gradients, in fp32; once at most.
  void Pack();

  // coarse: [B, h, w, D]; detail: [B, C, H, W], H and W about twice h and w. Returns [B, H, W, D].
  at::Tensor operator()(const at::Tensor& coarse, const at::Tensor& detail) const;

 private:
  Convolution reduce_, depthwise_0_, pointwise_, depthwise_1_, restore_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_REFINER_H_
