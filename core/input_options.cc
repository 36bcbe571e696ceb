#include "core/input_options.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"

namespace pixelclip {
namespace {

int RoundToStep(double pixels) {
  return std::max(1, static_cast<int>(std::lround(pixels / kInputStep))) * kInputStep;
}

}  // namespace

std::string_view InputFitName(InputFit fit) { return fit == InputFit::kSquash ? "squash" : "keep_aspect"; }

std::optional<InputFit> InputFitOfName(std::string_view name) {
  for (const InputFit fit : {InputFit::kSquash, InputFit::kKeepAspect}) {
    if (name == InputFitName(fit)) return fit;
  }
  return std::nullopt;
}

absl::Status CheckInputOptions(const InputOptions& options) {
  const int64_t side = options.resolution;
  const bool fits = side >= kMinInputResolution && side <= kMaxInputResolution && side % kInputStep == 0;
  if (side == 0 || fits) return absl::OkStatus();
  return FieldError("inference.resolution",
                    absl::StrCat(side, " pixels; must be a multiple of ", kInputStep, " from ",
                                 kMinInputResolution, " to ", kMaxInputResolution));
}

Size InputSize(int width, int height, const InputOptions& options, int own_resolution) {
  const int side = options.resolution > 0 ? static_cast<int>(options.resolution) : own_resolution;
  if (options.fit == InputFit::kSquash) return {side, side};
  const double aspect = std::clamp(static_cast<double>(width) / height, 1.0 / kMaxInputAspect,
                                   static_cast<double>(kMaxInputAspect));
  return {RoundToStep(side * std::sqrt(aspect)), RoundToStep(side / std::sqrt(aspect))};
}

}  // namespace pixelclip
