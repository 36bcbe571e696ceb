#ifndef PIXELCLIP_TRAINER_METHOD_DECODER_H_
#define PIXELCLIP_TRAINER_METHOD_DECODER_H_

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/model/weights.h"

namespace pixelclip {

// PixelCLIP's decoder: turns a map of cosines with one cluster into logits at four times its resolution. It
// exists in training only.
//
// In the published network each up-sampling (a transposed convolution) is followed by a convolution with
// nothing between them: here one transposed convolution does the work of both. Its kernel is computed,
// differentiably, when the decoder is made; so make one for each step.
class Decoder {
 public:
  // `weights`: the scope "head" of PixelCLIP's own checkpoints. It decodes maps of height x width.
  Decoder(const Weights& weights, int64_t height, int64_t width);

  // maps: [n, 1, height, width]. Returns [n, 1, 4 * height, 4 * width].
  at::Tensor operator()(const at::Tensor& maps) const;

  // The same decoder cut off from the weights: its kernels are leaves that collect gradients of their own, so
  // that many small backward passes need only one through the making of the kernels.
  Decoder Detached() const;

  // What it computes with, in a fixed order: functions of the weights, or the leaves of a detached one.
  std::vector<at::Tensor> kernels() const;

 private:
  // Doubles the resolution, then normalises, convolves and normalises again.
  struct Stage {
    at::Tensor up_weight;  // [in, out, 4, 4]: transposed convolution of stride 2
    at::Tensor up_bias;    // [1, out, H, W]: not the same everywhere, for the padding saw none
    at::Tensor norm_0_weight, norm_0_bias;
    at::Tensor conv_weight;  // [out, out, 3, 3]
    at::Tensor norm_1_weight, norm_1_bias;
  };

  Decoder() = default;

  static Stage MakeStage(const Weights& up, const Weights& convolutions, int64_t height, int64_t width);
  template <typename Self, typename Visit>
  static void ForEachKernel(Self& self, const Visit& visit);

  at::Tensor conv0_weight_, conv0_bias_;
  std::array<Stage, 2> stages_;
  at::Tensor proj_weight_, proj_bias_;
};

// A decoder's weights as PyTorch initialises them, under their names without "head.", drawn in the order in
// which the published code makes them. CPU, float32.
std::map<std::string, at::Tensor> InitialDecoderWeights(at::Generator generator);

// Name and shape of each of them.
const std::vector<std::pair<std::string, std::vector<int64_t>>>& DecoderShapes();

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_METHOD_DECODER_H_
