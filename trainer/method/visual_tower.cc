#include "trainer/method/visual_tower.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <variant>

#include "core/model/convnext.h"

namespace pixelclip {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

VisualTower::VisualTower(const Checkpoint& checkpoint, const Weights& weights,
                         const std::vector<std::string>& tuned_parts)
    : config_(checkpoint.config) {
  constexpr std::string_view kVisual = "visual.";
  for (const auto& [name, stored] : checkpoint.tensors) {
    if (name.compare(0, kVisual.size(), kVisual) != 0) continue;
    start_.emplace(name, weights.Get(name));
    const bool is_named = std::any_of(tuned_parts.begin(), tuned_parts.end(), [&](const std::string& part) {
      return name.find(part, kVisual.size()) != std::string::npos;
    });
    if (is_named && !EndsWith(name, "running_mean") && !EndsWith(name, "running_var")) tuned_.push_back(name);
  }
}

VisualTower::Tensors VisualTower::TunedCopy() const {
  Tensors tuned;
  for (const std::string& name : tuned_) tuned.emplace(name, start_.at(name).clone());
  return tuned;
}

std::unique_ptr<VisualEncoder> VisualTower::Encoder(const Tensors& tuned,
                                                    const at::Tensor& branch_factors) const {
  Tensors all = tuned;
  all.insert(start_.begin(), start_.end());  // leaves what is there
  const Weights weights = Weights(std::move(all)).Scope("visual");
  if (!branch_factors.defined()) return MakeVisualEncoder(config_, weights);
  return std::make_unique<ConvNeXt>(std::get<ConvNeXtConfig>(config_.vision), weights, branch_factors);
}

int64_t VisualTower::blocks() const {
  const auto& depths = std::get<ConvNeXtConfig>(config_.vision).depths;
  return std::accumulate(depths.begin(), depths.end(), int64_t{0});
}

bool BelongsToNormalisation(const std::string& name, const VisualTower::Tensors& all) {
  for (const std::string_view part : {".weight", ".bias"}) {
    if (!EndsWith(name, part)) continue;
    const auto weight = all.find(name.substr(0, name.size() - part.size()) + ".weight");
    return weight != all.end() && weight->second.dim() == 1;
  }
  return false;
}

}  // namespace pixelclip
