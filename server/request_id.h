#ifndef PIXELCLIP_SERVER_REQUEST_ID_H_
#define PIXELCLIP_SERVER_REQUEST_ID_H_

#include <grpcpp/server_context.h>

#include <string>

namespace pixelclip {

// What a call is known by in the logs: the caller's `x-request-id` if it sent one of 1 to 64 letters, digits,
// '-', '_' or '.'; otherwise 16 random hexadecimal digits.
std::string RequestId(const grpc::ServerContextBase& context);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_REQUEST_ID_H_
