#include "core/field_error.h"

#include "absl/strings/cord.h"

namespace pixelclip {
namespace {

constexpr char kFieldPayload[] = "pixelclip/field";

absl::Status StatusOf(absl::StatusCode code, std::string_view field, std::string_view problem) {
  std::string message(field);
  message.append(": ").append(problem);
  absl::Status status(code, message);
  status.SetPayload(kFieldPayload, absl::Cord(std::string(field)));
  return status;
}

}  // namespace

absl::Status FieldError(std::string_view field, std::string_view problem) {
  return StatusOf(absl::StatusCode::kInvalidArgument, field, problem);
}

absl::Status FieldNotFound(std::string_view field, std::string_view problem) {
  return StatusOf(absl::StatusCode::kNotFound, field, problem);
}

std::string FieldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldPayload);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace pixelclip
