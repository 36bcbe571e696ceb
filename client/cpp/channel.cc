#include "client/cpp/channel.h"

#include <arpa/inet.h>
#include <grpc/grpc.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/check_tls.h"

namespace pixelclip {
namespace {

constexpr char kServiceConfig[] = R"({
  "methodConfig": [{
    "name": [
      {"service": "pixelclip.v1.Segmentation", "method": "Segment"},
      {"service": "pixelclip.v1.Segmentation", "method": "RegisterVocabulary"},
      {"service": "pixelclip.v1.Segmentation", "method": "ListModels"},
      {"service": "grpc.health.v1.Health", "method": "Check"}
    ],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.1s",
      "maxBackoff": "2s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
    }
  }],
  "loadBalancingConfig": [{"round_robin": {}}],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
})";

// gRPC does not send larger messages again. It refuses what is too large for a server with a busy server's
// status, so these would go there four times; what is smaller, servers refuse as a caller's fault.
constexpr int kRetryBufferBytes = 64 << 20;

// Servers of this project allow a ping every 10 s.
constexpr int kKeepaliveMillis = 20'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;

// Whether the address leads to this machine itself, for certain.
bool IsLoopback(const std::string& server) {
  if (absl::StartsWith(server, "unix:") || absl::StartsWith(server, "unix-abstract:")) return true;
  const std::string host = server.substr(0, server.rfind(':'));
  in_addr address{};
  // "127.example.com" is anywhere.
  const bool is_ipv4_loopback =
      absl::StartsWith(host, "127.") && inet_pton(AF_INET, host.c_str(), &address) == 1;
  return is_ipv4_loopback || host == "localhost" || host == "[::1]";
}

}  // namespace

absl::Status CheckClientOptions(const ClientOptions& options) {
  const auto bad = [](const std::string& problem) { return absl::InvalidArgumentError(problem); };
  if (!(options.timeout_seconds > 0 && options.timeout_seconds <= 1e6)) {
    return bad(absl::StrCat("timeout_seconds: ", options.timeout_seconds, " is not between 0 and 1,000,000"));
  }
  if (options.tls.has_value()) {
    if (absl::Status status = CheckTls(*options.tls); !status.ok()) return status;
  }
  const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::all_of(options.token.begin(), options.token.end(), is_printable)) {
    return bad("token: may only have printable ASCII characters without spaces");
  }
  if (!options.token.empty() && !options.tls.has_value() && !options.allow_plain_text_token &&
      !IsLoopback(options.server)) {
    return bad(absl::StrCat("token: would travel to ", options.server,
                            " in plain text: use TLS, or allow it if something else encrypts"));
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({tls->authorities, tls->private_key, tls->certificate});
}

grpc::ChannelArguments MakeChannelArguments(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  // gRPC would stop after two pings without data in between, in the middle of a long call.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // No HTTP proxy leads to this machine itself, yet gRPC would ask one that the environment names.
  if (IsLoopback(options.server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

void AddToken(grpc::ClientContext& context, std::string_view token) {
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + std::string(token));
}

}  // namespace pixelclip
