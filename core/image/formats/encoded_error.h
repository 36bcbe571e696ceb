#ifndef PIXELCLIP_CORE_IMAGE_FORMATS_ENCODED_ERROR_H_
#define PIXELCLIP_CORE_IMAGE_FORMATS_ENCODED_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/field_error.h"

namespace pixelclip {

// What is wrong with the encoded picture of a request; the arguments are joined as absl::StrCat does.
template <typename... Pieces>
absl::Status EncodedError(const Pieces&... pieces) {
  return FieldError("image.encoded", absl::StrCat(pieces...));
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_FORMATS_ENCODED_ERROR_H_
