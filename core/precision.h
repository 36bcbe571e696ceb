#ifndef PIXELCLIP_CORE_PRECISION_H_
#define PIXELCLIP_CORE_PRECISION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/model_config.h"

namespace pixelclip {

// In what numbers the visual encoder multiplies: docs/inference.md, "Precision". Words are always embedded in
// fp32.
//
// fp32 is exact, as published. bf16 rounds weights and layer inputs to 8 significant bits, on a GPU also what
// lies between layers. int8 rounds linear layers' weights to 8-bit integers with a scale for each output, and
// their inputs with one for each token, so that features do not depend on a picture's neighbours in a batch.
enum class Precision { kFp32, kBf16, kInt8 };

// "fp32", "bf16", "int8": as flags and logs call it; and back.
std::string_view PrecisionName(Precision precision);
std::optional<Precision> PrecisionOfName(std::string_view name);
std::vector<std::string> PrecisionNames();  // all of them; the exact one is the first

// OK if this machine can run such an encoder so on a device such as "cpu" or "cuda:0". INVALID_ARGUMENT if
// the architecture or the device has no such form, UNAVAILABLE if the CPU lacks the instructions, without
// which the result would be slow or less exact. fp32 is always OK. GPUs are asked later.
absl::Status CheckPrecision(Precision precision, const VisionConfig& vision, std::string_view device);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_PRECISION_H_
