#include "server/status_map.h"

#include <string>

#include "core/field_error.h"
#include "google/rpc/error_details.pb.h"

namespace pixelclip {

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status message;
  message.set_code(static_cast<int>(status.code()));  // numbered alike
  message.set_message(std::string(status.message()));
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
