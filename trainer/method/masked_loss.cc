#include "trainer/method/masked_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "trainer/method/autocast.h"

namespace pixelclip {
namespace {

// Maps that are decoded at once: a CPU is fastest while their activations fit into its cache.
constexpr int64_t kMapsOnCpu = 8, kMapsOnGpu = 512;

}  // namespace

MaskedLoss DecodeAndCompare(const at::Tensor& cost_volumes, const std::vector<PictureTargets>& targets,
                            const Decoder& decoder, const BilinearPair& upsampling, double scale,
                            bool bfloat16) {
  std::vector<at::Tensor> channels, covered;
  for (const PictureTargets& picture : targets) {
    channels.push_back(picture.channels);
    covered.push_back(picture.covered.unsqueeze(0).expand_as(picture.channels));
  }
  MaskedLoss result{at::zeros({}, cost_volumes.options().dtype(at::kDouble)), at::empty_like(cost_volumes)};

  const at::Tensor all_channels = at::cat(channels), all_covered = at::cat(covered);
  const int64_t at_once = cost_volumes.is_cpu() ? kMapsOnCpu : kMapsOnGpu;
  for (int64_t first = 0; first < cost_volumes.size(0); first += at_once) {
    const int64_t count = std::min(at_once, cost_volumes.size(0) - first);
    const at::Tensor maps = cost_volumes.narrow(0, first, count).detach().requires_grad_(true);
    at::Tensor logits;
    {
      const Autocast autocast(maps.device(), bfloat16);
      logits = decoder(maps).to(at::kFloat).squeeze(1);
    }
    const at::Tensor loss =
        scale * at::binary_cross_entropy_with_logits(
                    upsampling.Upsample(logits), all_channels.narrow(0, first, count).to(at::kFloat),
                    /*weight=*/all_covered.narrow(0, first, count).to(at::kFloat), /*pos_weight=*/{},
                    at::Reduction::Sum);
    loss.backward();
    result.loss += loss.detach();
    result.gradients.narrow(0, first, count).copy_(maps.grad());
  }
  return result;
}

}  // namespace pixelclip
