#include "client/cpp/connection.h"

#include <grpcpp/create_channel.h>

#include <chrono>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/channel.h"
#include "client/cpp/grpc_status.h"

namespace pixelclip {

Connection::Connection(const ClientOptions& options)
    : options_(options),
      channel_(grpc::CreateCustomChannel(options.server, MakeChannelCredentials(options.tls),
                                         MakeChannelArguments(options))),
      service_(v1::Segmentation::NewStub(channel_)) {}

void Connection::Prepare(grpc::ClientContext& context) const { AddToken(context, options_.token); }

void Connection::SetDeadline(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::microseconds(static_cast<int64_t>(options_.timeout_seconds * 1e6)));
}

absl::Status Connection::Explain(const grpc::Status& status) const {
  const bool connected = channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && !connected) {
    return absl::UnavailableError(
        absl::StrCat(WhyNotConnected(status.error_message()), " (", status.error_message(), ")"));
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::DeadlineExceededError(
        absl::StrCat(options_.server, " did not answer within ", options_.timeout_seconds, " s"));
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return absl::UnimplementedError(absl::StrCat(
        options_.server, " is no PixelCLIP server, or too old a one (", status.error_message(), ")"));
  }
  return FromGrpcStatus(status);
}

std::string Connection::WhyNotConnected(const std::string& cause) const {
  const std::string& server = options_.server;
  if (absl::StrContains(cause, "handshake failed") || absl::StrContains(cause, "Peer name")) {
    return absl::StrCat("no TLS connection to ", server,
                        ": is its certificate valid now, of a trusted authority, and for that name?");
  }
  if (absl::StrContains(cause, "Socket closed")) {
    return absl::StrCat(server, " hangs up: does it want TLS, or a client's certificate?");
  }
  return absl::StrCat("no server answers at ", server, ": does pixelclip-server run there?");
}

}  // namespace pixelclip
