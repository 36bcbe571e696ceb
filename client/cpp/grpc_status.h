#ifndef PIXELCLIP_CLIENT_CPP_GRPC_STATUS_H_
#define PIXELCLIP_CLIENT_CPP_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace pixelclip {

// The same code and message. Field violations (google.rpc.BadRequest in the details) become a FieldError (a
// FieldNotFound for NOT_FOUND) of the first field, whose message tells all of them as "FIELD: PROBLEM".
absl::Status FromGrpcStatus(const grpc::Status& status);

// As for the gRPC status that it stands for. INTERNAL if it says OK: it comes in the place of an answer.
absl::Status FromRpcStatus(const google::rpc::Status& status);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_GRPC_STATUS_H_
