#ifndef PIXELCLIP_CORE_MODEL_WEIGHTS_H_
#define PIXELCLIP_CORE_MODEL_WEIGHTS_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/checkpoint/stored_tensor.h"

namespace pixelclip {

// A checkpoint's tensors as float32, looked up by the checkpoint's own names. A Weights stands for one scope
// of them: Scope("attn").Get("out_proj.weight") is the tensor "attn.out_proj.weight". Cheap to copy; all
// scopes share the tensors.
class Weights {
 public:
  explicit Weights(const std::map<std::string, StoredTensor>& stored);

  // These very tensors, which may require gradients.
  explicit Weights(std::map<std::string, at::Tensor> tensors);

  // The same tensors in a device's memory, in another floating-point type if one is named. Itself where
  // nothing changes.
  Weights To(c10::Device device, at::ScalarType type = at::kFloat) const;

  Weights Scope(std::string_view name) const { return Weights(tensors_, prefix_ + std::string(name) + "."); }

  // A missing name throws c10::Error: LoadCheckpoint has already answered for what users can get wrong.
  const at::Tensor& Get(std::string_view name) const;

  // An undefined tensor if there is none of that name.
  at::Tensor Find(std::string_view name) const;

  // Of all tensors, whatever the scope.
  size_t bytes() const;

 private:
  using Tensors = std::shared_ptr<const std::map<std::string, at::Tensor>>;

  Weights(Tensors tensors, std::string prefix) : tensors_(std::move(tensors)), prefix_(std::move(prefix)) {}

  Tensors tensors_;
  std::string prefix_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_WEIGHTS_H_
