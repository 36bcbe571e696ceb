#ifndef PIXELCLIP_CLIENT_LOAD_CHANNELS_H_
#define PIXELCLIP_CLIENT_LOAD_CHANNELS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "client/cpp/client.h"

namespace pixelclip {

// `count` channels with a connection each. Without `retries`, gRPC sends every call once, whatever a service
// config says: what a server refuses is then seen. REQUIRES: CheckClientOptions(options).
std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(const ClientOptions& options, int count,
                                                         bool retries);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_CHANNELS_H_
