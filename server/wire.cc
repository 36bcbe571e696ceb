#include "server/wire.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"

namespace pixelclip {

absl::Status CheckRequestBytes(size_t bytes, int max_bytes) {
  if (bytes <= static_cast<size_t>(max_bytes)) return absl::OkStatus();
  return FieldError("request", absl::StrCat("has ", bytes, " bytes; at most ", max_bytes, " are accepted"));
}

absl::Status ReadMessage(grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  using Traits = grpc::SerializationTraits<google::protobuf::Message>;
  if (Traits::Deserialize(&bytes, message).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the request is no ", message->GetTypeName(),
                                                 ": its bytes are malformed, or a text in it is not UTF-8"));
}

grpc::ByteBuffer WriteMessage(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  bool own_buffer = false;
  grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes, &own_buffer);
  return bytes;
}

}  // namespace pixelclip
