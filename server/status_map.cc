#include "server/status_map.h"

#include <string>
#include <string_view>

#include "core/field_error.h"
#include "google/rpc/error_details.pb.h"

namespace pixelclip {
namespace {

// A message travels in the trailers, up to six times as long, and clients take 8 KiB of those. Room for
// whatever is quoted at full length where a limit of ours is kept.
constexpr size_t kMaxMessageBytes = 1280;

// Without its middle if it is too long; never with half a character.
std::string Shortened(std::string_view message) {
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  constexpr std::string_view kGap = " ... ";
  constexpr size_t kKept = (kMaxMessageBytes - kGap.size()) / 2;
  const auto is_inside_character = [&](size_t i) { return (message[i] & 0xc0) == 0x80; };
  size_t head = kKept, tail = message.size() - kKept;
  while (head > 0 && is_inside_character(head)) --head;
  while (tail < message.size() && is_inside_character(tail)) ++tail;
  return std::string(message.substr(0, head)).append(kGap).append(message.substr(tail));
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status message;
  message.set_code(static_cast<int>(status.code()));  // numbered alike
  message.set_message(Shortened({status.message().data(), status.message().size()}));
  const std::string field = FieldOf(status);
  if (field.empty()) return message;

  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field(field);
  violation->set_description(message.message().substr(field.size() + 2));  // behind "FIELD: "
  message.add_details()->PackFrom(bad_request);
  return message;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status message = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(message.code()), message.message(),
                      message.details_size() == 0 ? std::string() : message.SerializeAsString());
}

}  // namespace pixelclip
