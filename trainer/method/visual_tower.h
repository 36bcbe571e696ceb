#ifndef PIXELCLIP_TRAINER_METHOD_VISUAL_TOWER_H_
#define PIXELCLIP_TRAINER_METHOD_VISUAL_TOWER_H_

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/model_config.h"

namespace pixelclip {

// A visual encoder of which some tensors are fine-tuned: student and teacher share the others.
class VisualTower {
 public:
  using Tensors = std::map<std::string, at::Tensor>;

  // `weights`: the checkpoint's, on the device where they are used. A tensor is tuned if its name contains
  // one of `tuned_parts` and it is a parameter, no running statistic.
  VisualTower(const Checkpoint& checkpoint, const Weights& weights,
              const std::vector<std::string>& tuned_parts);

  // All tensors of the encoder as they were in the checkpoint, under its names ("visual.proj").
  const Tensors& start() const { return start_; }

  // A copy of the tuned ones.
  Tensors TunedCopy() const;

  // An encoder with these in place of the tuned ones. Differentiable with respect to them. `branch_factors`:
  // a ConvNeXt's, or undefined.
  std::unique_ptr<VisualEncoder> Encoder(const Tensors& tuned, const at::Tensor& branch_factors = {}) const;

  // Residual blocks of a ConvNeXt. REQUIRES: one.
  int64_t blocks() const;

 private:
  ModelConfig config_;
  Tensors start_;
  std::vector<std::string> tuned_;
};

// Whether a parameter belongs to a normalisation layer, by its name and its fellows': the weight of such a
// layer has one axis, of a linear layer or convolution two or more.
bool BelongsToNormalisation(const std::string& name, const VisualTower::Tensors& all);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_VISUAL_TOWER_H_
