#include "server/status_map.h"

#include <string>

#include "core/field_error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace pixelclip {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  const auto code =
      static_cast<grpc::StatusCode>(status.code());  // both number the codes as google.rpc.Code does
  const std::string message(status.message());
  const std::string field = FieldOf(status);
  if (field.empty()) return grpc::Status(code, message);

  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field(field);
  violation->set_description(message.substr(field.size() + 2));  // behind "FIELD: "
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(bad_request);
  return grpc::Status(code, message, details.SerializeAsString());
}

}  // namespace pixelclip
