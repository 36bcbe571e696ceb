#ifndef PIXELCLIP_CORE_IMAGE_PNG_H_
#define PIXELCLIP_CORE_IMAGE_PNG_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/image/decode_limits.h"
#include "core/image/image.h"

namespace pixelclip {

// Lossless PNG files, compressed for speed rather than size. A label map becomes a grey picture whose values
// are the labels: of 8 bits if all labels fit, else of 16. All functions are thread-safe.
//
// Encoding fails (INTERNAL) only for a picture whose vector does not have the size that its sides say.
absl::StatusOr<std::string> EncodePng(const LabelMap& labels);
absl::StatusOr<std::string> EncodePng(const GrayImage& image);
absl::StatusOr<std::string> EncodePng(const Image& image);

// Takes a grey PNG of 8 or 16 bits without alpha. INVALID_ARGUMENT for anything else, for a broken file and
// for a picture larger than `limits`.
absl::StatusOr<LabelMap> DecodeLabelPng(std::string_view png, const DecodeLimits& limits = {});

// Takes a grey PNG of 8 bits without alpha, otherwise like DecodeLabelPng.
absl::StatusOr<GrayImage> DecodeGrayPng(std::string_view png, const DecodeLimits& limits = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_PNG_H_
