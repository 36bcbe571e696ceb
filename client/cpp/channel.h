#ifndef PIXELCLIP_CLIENT_CPP_CHANNEL_H_
#define PIXELCLIP_CLIENT_CPP_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "client/cpp/client.h"

namespace pixelclip {

// How every C++ client of this project connects; for those that need more than Client offers, such as several
// connections.

// INVALID_ARGUMENT for options that contradict each other, and for a token that would travel in plain text
// unasked.
absl::Status CheckClientOptions(const ClientOptions& options);

std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(const std::optional<TlsOptions>& tls);

// Sizes of messages, keepalive, proxy, the server's name; and retries by service config, of unary methods: at
// most 4 attempts where the server did not take the call (UNAVAILABLE) or was busy (RESOURCE_EXHAUSTED). A
// server's grpc-retry-pushback-ms is obeyed, otherwise pauses grow. A channel to a server that fails most
// calls stops retrying. Messages of 64 MiB are sent once only.
grpc::ChannelArguments MakeChannelArguments(const ClientOptions& options);

// Shows a token with the call; an empty one is none.
void AddToken(grpc::ClientContext& context, std::string_view token);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CHANNEL_H_
