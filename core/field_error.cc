#include "core/field_error.h"

#include "absl/strings/cord.h"

namespace pixelclip {
namespace {

constexpr char kFieldPayload[] = "pixelclip/field";

}  // namespace

absl::Status FieldError(std::string_view field, std::string_view problem) {
  std::string message(field);
  message.append(": ").append(problem);
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kFieldPayload, absl::Cord(std::string(field)));
  return status;
}

std::string FieldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldPayload);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace pixelclip
