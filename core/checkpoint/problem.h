#ifndef PIXELCLIP_CORE_CHECKPOINT_PROBLEM_H_
#define PIXELCLIP_CORE_CHECKPOINT_PROBLEM_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pixelclip {

// Debian builds Abseil with a string_view of its own, which std::string_view does not convert to by itself.
inline absl::string_view AsPiece(std::string_view text) { return {text.data(), text.size()}; }
template <typename T, typename = std::enable_if_t<!std::is_convertible_v<const T&, std::string_view>>>
const T& AsPiece(const T& value) {
  return value;
}

// absl::StrCat for any mixture of the two.
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  return absl::StrCat(AsPiece(pieces)...);
}

// "This file is broken or contradicts itself", in the words given.
template <typename... Pieces>
absl::Status Invalid(const Pieces&... pieces) {
  return absl::InvalidArgumentError(Concat(pieces...));
}

// "This model is recognised, but not supported."
template <typename... Pieces>
absl::Status Unsupported(const Pieces&... pieces) {
  return absl::UnimplementedError(Concat(pieces...));
}

// The same status with `prefix` and a colon before its message.
inline absl::Status Prefixed(std::string_view prefix, const absl::Status& status) {
  return absl::Status(status.code(), Concat(prefix, ": ", status.message()));
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_PROBLEM_H_
