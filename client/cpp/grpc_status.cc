#include "client/cpp/grpc_status.h"

#include <string>

#include "core/field_error.h"
#include "google/rpc/error_details.pb.h"

namespace pixelclip {
namespace {

google::rpc::BadRequest FieldViolations(const grpc::Status& status) {
  google::rpc::Status rich;
  google::rpc::BadRequest bad_request;
  if (!rich.ParseFromString(status.error_details())) return bad_request;
  for (const auto& detail : rich.details()) {
    if (detail.UnpackTo(&bad_request)) break;
  }
  return bad_request;
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const google::rpc::BadRequest blamed = FieldViolations(status);
  if (blamed.field_violations().empty()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  std::string problem = blamed.field_violations(0).description();
  for (int i = 1; i < blamed.field_violations_size(); ++i) {
    const auto& violation = blamed.field_violations(i);
    problem += "; " + violation.field() + ": " + violation.description();
  }
  const std::string& field = blamed.field_violations(0).field();
  return status.error_code() == grpc::StatusCode::NOT_FOUND ? FieldNotFound(field, problem)
                                                            : FieldError(field, problem);
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  const absl::Status converted = FromGrpcStatus(
      {static_cast<grpc::StatusCode>(status.code()), status.message(), status.SerializeAsString()});
  return converted.ok() ? absl::InternalError("the server's answer is broken: an error that is none")
                        : converted;
}

}  // namespace pixelclip
