#ifndef PIXELCLIP_CORE_FIELD_ERROR_H_
#define PIXELCLIP_CORE_FIELD_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pixelclip {

// An INVALID_ARGUMENT status that knows which part of a request it is about, so that a server can point at it
// (google.rpc.BadRequest) and a command line can name it. `field` is a path in the words of
// proto/pixelclip/v1/segmentation.proto, for example "vocabulary.classes[3].name"; `problem` names the limit
// and the value. The status's message reads "FIELD: PROBLEM".
absl::Status FieldError(std::string_view field, std::string_view problem);

// The same for a well-formed field that names what is not there: NOT_FOUND.
absl::Status FieldNotFound(std::string_view field, std::string_view problem);

// The field of a status made by one of these; empty for any other status.
std::string FieldOf(const absl::Status& status);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_FIELD_ERROR_H_
