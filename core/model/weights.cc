#include "core/model/weights.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace pixelclip {
namespace {

at::Tensor ToTensor(const StoredTensor& stored) {
  const std::vector<float> values = ToFloat32(stored);
  at::Tensor tensor = at::empty(stored.shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<float>());
  return tensor;
}

}  // namespace

Weights::Weights(const std::map<std::string, StoredTensor>& stored) {
  auto tensors = std::make_shared<std::map<std::string, at::Tensor>>();
  for (const auto& [name, tensor] : stored) tensors->emplace(name, ToTensor(tensor));
  tensors_ = std::move(tensors);
}

Weights::Weights(std::map<std::string, at::Tensor> tensors)
    : tensors_(std::make_shared<const std::map<std::string, at::Tensor>>(std::move(tensors))) {}

Weights Weights::To(c10::Device device, at::ScalarType type) const {
  if (device.is_cpu() && type == at::kFloat) return *this;
  auto moved = std::make_shared<std::map<std::string, at::Tensor>>();
  for (const auto& [name, tensor] : *tensors_) moved->emplace(name, tensor.to(device, type));
  return Weights(std::move(moved), prefix_);
}

const at::Tensor& Weights::Get(std::string_view name) const {
  const auto found = tensors_->find(prefix_ + std::string(name));
  TORCH_CHECK(found != tensors_->end(), "the checkpoint has no tensor ", prefix_, name);
  return found->second;
}

at::Tensor Weights::Find(std::string_view name) const {
  const auto found = tensors_->find(prefix_ + std::string(name));
  return found == tensors_->end() ? at::Tensor() : found->second;
}

size_t Weights::bytes() const {
  size_t sum = 0;
  for (const auto& [name, tensor] : *tensors_) sum += tensor.nbytes();
  return sum;
}

}  // namespace pixelclip
