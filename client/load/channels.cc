#include "client/load/channels.h"

#include <grpcpp/create_channel.h>

#include "client/cpp/channel.h"

namespace pixelclip {

std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(const ClientOptions& options, int count,
                                                         bool retries) {
  grpc::ChannelArguments arguments = MakeChannelArguments(options);
  if (!retries) {
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  }
  // Otherwise channels to one address share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    channels.push_back(
        grpc::CreateCustomChannel(options.server, MakeChannelCredentials(options.tls), arguments));
  }
  return channels;
}

}  // namespace pixelclip
