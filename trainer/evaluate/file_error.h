#ifndef PIXELCLIP_TRAINER_EVALUATE_FILE_ERROR_H_
#define PIXELCLIP_TRAINER_EVALUATE_FILE_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pixelclip {

// The problem alone, without the field of a request (core/field_error.h) that core puts before it.
std::string WithoutField(const absl::Status& status);

// The same status, about a file: "PATH: PROBLEM".
absl::Status FileError(std::string_view path, const absl::Status& status);
absl::Status FileError(std::string_view path, std::string_view problem);  // INVALID_ARGUMENT

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_FILE_ERROR_H_
