#ifndef PIXELCLIP_SERVER_STATUS_MAP_H_
#define PIXELCLIP_SERVER_STATUS_MAP_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace pixelclip {

// The same code and message on the wire; a FieldError (core/field_error.h) gets a google.rpc.BadRequest
// detail that names its field.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same as a message, for an answer within a stream.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_STATUS_MAP_H_
