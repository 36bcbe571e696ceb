#include "core/precision.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

constexpr std::pair<std::string_view, Precision> kPrecisions[] = {
    {"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}, {"int8", Precision::kInt8}};

// What the CPU must have, if it lacks it. Without VNNI, 8-bit products are added up in 16 bits, which
// overflow; without these instructions, bf16 is emulated.
std::string_view MissingInstructions(Precision precision) {
#if defined(__x86_64__)
  if (precision == Precision::kBf16) return __builtin_cpu_supports("avx512bf16") ? "" : "AVX512-BF16";
  if (precision == Precision::kInt8) return __builtin_cpu_supports("avx512vnni") ? "" : "AVX512-VNNI";
  return "";
#else
  return precision == Precision::kFp32 ? "" : "AVX512";
#endif
}

}  // namespace

std::string_view PrecisionName(Precision precision) {
  for (const auto& [name, value] : kPrecisions) {
    if (value == precision) return name;
  }
  return {};
}

std::optional<Precision> PrecisionOfName(std::string_view name) {
  for (const auto& [known, value] : kPrecisions) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> PrecisionNames() {
  std::vector<std::string> names;
  for (const auto& [name, value] : kPrecisions) names.emplace_back(name);
  return names;
}

absl::Status CheckPrecision(Precision precision, const VisionConfig& vision, std::string_view device) {
  if (precision == Precision::kFp32) return absl::OkStatus();
  const std::string name = absl::StrCat("precision ", std::string(PrecisionName(precision)));
  const bool on_cpu = device == "cpu";
  if (!on_cpu && precision == Precision::kInt8)
    return absl::InvalidArgumentError(absl::StrCat(name, ": only on the CPU, not on ", std::string(device)));
  if (precision == Precision::kInt8 && std::holds_alternative<EfficientNetConfig>(vision)) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": an EfficientNet consists of convolutions, which have no such form; bf16 or fp32"));
  }
  const std::string_view missing = on_cpu ? MissingInstructions(precision) : "";
  if (missing.empty()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(name, ": this CPU has no ", std::string(missing), "; fp32 runs on every CPU"));
}

}  // namespace pixelclip
