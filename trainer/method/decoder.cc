#include "trainer/method/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/group_norm.h>

#include <cmath>
#include <utility>

namespace pixelclip {
namespace {

constexpr int64_t kChannelsPerGroup = 16;
constexpr double kGroupNormEps = 1e-5;

at::Tensor NormaliseAndActivate(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::group_norm(x, weight.size(0) / kChannelsPerGroup, weight, bias, kGroupNormEps).relu_();
}

}  // namespace

Decoder::Stage Decoder::MakeStage(const Weights& up, const Weights& convolutions, int64_t height,
                                  int64_t width) {
  const at::Tensor& up_weight = up.Get("weight");                // [in, middle, 2, 2]
  const at::Tensor& conv_weight = convolutions.Get("0.weight");  // [out, middle, 3, 3]
  const int64_t middle = conv_weight.size(1);

  Stage stage;
  // Output pixel y of the pair sees input x through up[a] and conv[k] where 2x + a = y + k - 1: through
  // position a + 2 - k of one kernel, which is what a transposed convolution with the flipped conv makes.
  stage.up_weight = at::conv_transpose2d(up_weight, conv_weight.flip({2, 3}).transpose(0, 1))
                        .contiguous(at::MemoryFormat::ChannelsLast);
  // The convolution pads what came out of the up-sampling, bias included, with zeros.
  stage.up_bias = at::conv2d(up.Get("bias").view({1, middle, 1, 1}).expand({1, middle, height, width}),
                             conv_weight, /*bias=*/{}, /*stride=*/1, /*padding=*/1)
                      .contiguous(at::MemoryFormat::ChannelsLast);
  stage.norm_0_weight = convolutions.Get("1.weight");
  stage.norm_0_bias = convolutions.Get("1.bias");
  stage.conv_weight = convolutions.Get("3.weight").contiguous(at::MemoryFormat::ChannelsLast);
  stage.norm_1_weight = convolutions.Get("4.weight");
  stage.norm_1_bias = convolutions.Get("4.bias");
  return stage;
}

Decoder::Decoder(const Weights& weights, int64_t height, int64_t width)
    : conv0_weight_(weights.Get("conv0.weight")),
      conv0_bias_(weights.Get("conv0.bias")),
      stages_{MakeStage(weights.Scope("up1"), weights.Scope("conv1.double_conv"), 2 * height, 2 * width),
              MakeStage(weights.Scope("up2"), weights.Scope("conv2.double_conv"), 4 * height, 4 * width)},
      proj_weight_(weights.Get("proj.weight").contiguous(at::MemoryFormat::ChannelsLast)),
      proj_bias_(weights.Get("proj.bias")) {}

at::Tensor Decoder::operator()(const at::Tensor& maps) const {
  at::Tensor x = at::conv2d(maps, conv0_weight_, conv0_bias_, /*stride=*/1, /*padding=*/1);
  for (const Stage& stage : stages_) {
    x = at::conv_transpose2d(x, stage.up_weight, /*bias=*/{}, /*stride=*/2, /*padding=*/1);
    x = NormaliseAndActivate(x.add_(stage.up_bias), stage.norm_0_weight, stage.norm_0_bias);
    x = at::conv2d(x, stage.conv_weight, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
    x = NormaliseAndActivate(x, stage.norm_1_weight, stage.norm_1_bias);
  }
  return at::conv2d(x, proj_weight_, proj_bias_, /*stride=*/1, /*padding=*/1);
}

template <typename Self, typename Visit>
void Decoder::ForEachKernel(Self& self, const Visit& visit) {
  visit(self.conv0_weight_), visit(self.conv0_bias_);
  for (auto& stage : self.stages_) {
    visit(stage.up_weight), visit(stage.up_bias), visit(stage.norm_0_weight), visit(stage.norm_0_bias);
    visit(stage.conv_weight), visit(stage.norm_1_weight), visit(stage.norm_1_bias);
  }
  visit(self.proj_weight_), visit(self.proj_bias_);
}

Decoder Decoder::Detached() const {
  Decoder copy = *this;
  ForEachKernel(copy, [](at::Tensor& kernel) { kernel = kernel.detach().requires_grad_(true); });
  return copy;
}

std::vector<at::Tensor> Decoder::kernels() const {
  std::vector<at::Tensor> kernels;
  ForEachKernel(*this, [&kernels](const at::Tensor& kernel) { kernels.push_back(kernel); });
  return kernels;
}

const std::vector<std::pair<std::string, std::vector<int64_t>>>& DecoderShapes() {
  static const auto& shapes = *new std::vector<std::pair<std::string, std::vector<int64_t>>>{
      {"conv0.weight", {64, 1, 3, 3}},
      {"conv0.bias", {64}},
      {"up1.weight", {64, 64, 2, 2}},
      {"up1.bias", {64}},
      {"conv1.double_conv.0.weight", {64, 64, 3, 3}},
      {"conv1.double_conv.1.weight", {64}},
      {"conv1.double_conv.1.bias", {64}},
      {"conv1.double_conv.3.weight", {64, 64, 3, 3}},
      {"conv1.double_conv.4.weight", {64}},
      {"conv1.double_conv.4.bias", {64}},
      {"up2.weight", {64, 32, 2, 2}},
      {"up2.bias", {32}},
      {"conv2.double_conv.0.weight", {32, 32, 3, 3}},
      {"conv2.double_conv.1.weight", {32}},
      {"conv2.double_conv.1.bias", {32}},
      {"conv2.double_conv.3.weight", {32, 32, 3, 3}},
      {"conv2.double_conv.4.weight", {32}},
      {"conv2.double_conv.4.bias", {32}},
      {"proj.weight", {1, 32, 3, 3}},
      {"proj.bias", {1}},
  };
  return shapes;
}

std::map<std::string, at::Tensor> InitialDecoderWeights(at::Generator generator) {
  std::map<std::string, at::Tensor> weights;
  double bound = 0;
  for (const auto& [name, shape] : DecoderShapes()) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    if (name.find("double_conv.1") != std::string::npos || name.find("double_conv.4") != std::string::npos) {
      tensor.fill_(shape.size() == 1 && name.back() == 't' ? 1 : 0);  // weight, bias
    } else {
      // Uniform within one over the root of what PyTorch takes for the fan-in: the second axis, also of a
      // transposed convolution. A bias has its weight's bound.
      if (shape.size() == 4) bound = 1 / std::sqrt(static_cast<double>(shape[1] * shape[2] * shape[3]));
      tensor.uniform_(-bound, bound, generator);
    }
    weights.emplace(name, std::move(tensor));
  }
  return weights;
}

}  // namespace pixelclip
