#ifndef PIXELCLIP_CORE_INPUT_OPTIONS_H_
#define PIXELCLIP_CORE_INPUT_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "core/image/resize.h"

namespace pixelclip {

// What becomes of a picture's aspect ratio.
enum class InputFit {
  kSquash,      // the input is a square, whatever the picture is: published
  kKeepAspect,  // the input has the picture's shape and as many pixels as the square
};

// "squash" and "keep_aspect": as requests and flags call it; and back.
std::string_view InputFitName(InputFit fit);
std::optional<InputFit> InputFitOfName(std::string_view name);

// Sides of inputs that are not published ones are multiples of this, so that there are not too many shapes:
// inputs of one shape share a batch. Most encoders' strides divide it.
inline constexpr int kInputStep = 32;
inline constexpr int kMinInputResolution = 64;
inline constexpr int kMaxInputResolution = 1024;
// Longer pictures are squashed to this aspect ratio.
inline constexpr int kMaxInputAspect = 4;

// How a picture is brought to the size that the visual encoder sees, as a caller gave it.
struct InputOptions {
  InputFit fit = InputFit::kSquash;
  // Pixels a side of the square, a multiple of kInputStep from kMinInputResolution to kMaxInputResolution.
  // 0: the model's own.
  int64_t resolution = 0;
};

// FieldErrors of "inference.resolution".
absl::Status CheckInputOptions(const InputOptions& options);

// The input of a picture of width x height pixels, each at least 1. REQUIRES: options that
// CheckInputOptions accepts. Thread-safe.
Size InputSize(int width, int height, const InputOptions& options, int own_resolution);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_INPUT_OPTIONS_H_
