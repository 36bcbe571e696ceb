#ifndef PIXELCLIP_SERVER_WIRE_H_
#define PIXELCLIP_SERVER_WIRE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"

// Messages as bytes, as gRPC brings and takes them. Parsing them ourselves lets us say what is wrong: gRPC
// answers what it cannot parse with UNIMPLEMENTED, without a word, and takes it for the end of a stream.
namespace pixelclip {

// INVALID_ARGUMENT at the field "request" for more bytes than this server accepts.
absl::Status CheckRequestBytes(size_t bytes, int max_bytes);

// Parses a request, and lets go of its bytes. INVALID_ARGUMENT for what is no such message; a text in it that
// is not UTF-8 is enough for that.
absl::Status ReadMessage(grpc::ByteBuffer& bytes, google::protobuf::Message* message);

grpc::ByteBuffer WriteMessage(const google::protobuf::Message& message);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_WIRE_H_
