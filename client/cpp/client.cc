#include "client/cpp/client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/convert.h"
#include "client/cpp/grpc_status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

// Only UNAVAILABLE says that the server did not start the work.
constexpr char kServiceConfig[] = R"({
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.1s",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})";

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({tls->authorities, tls->private_key, tls->certificate});
}

// No HTTP proxy leads to this machine itself, yet gRPC would ask one that the environment names.
bool IsLoopback(const std::string& server) {
  for (const char* host : {"localhost:", "127.", "[::1]:", "unix:"}) {
    if (server.rfind(host, 0) == 0) return true;
  }
  return false;
}

std::shared_ptr<grpc::Channel> MakeChannel(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  arguments.SetServiceConfigJSON(kServiceConfig);
  // A message beyond this many bytes would not be sent again.
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, options.max_message_bytes);
  if (IsLoopback(options.server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(options.server, MakeCredentials(options.tls), arguments);
}

}  // namespace

class Client::Connection {
 public:
  explicit Connection(const ClientOptions& options)
      : options_(options), channel_(MakeChannel(options)), service_(v1::Segmentation::NewStub(channel_)) {}

  absl::StatusOr<v1::SegmentResponse> Segment(const v1::SegmentRequest& request) const {
    v1::SegmentResponse response;
    grpc::ClientContext context;
    SetDeadline(context);
    const absl::Status status = Explain(service_->Segment(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::ListModelsResponse> ListModels() const {
    v1::ListModelsResponse response;
    grpc::ClientContext context;
    SetDeadline(context);
    const absl::Status status = Explain(service_->ListModels(&context, {}, &response));
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<bool> IsServing() const {
    grpc::health::v1::HealthCheckRequest whole_server;
    grpc::health::v1::HealthCheckResponse response;
    grpc::ClientContext context;
    SetDeadline(context);
    const absl::Status status =
        Explain(grpc::health::v1::Health::NewStub(channel_)->Check(&context, whole_server, &response));
    if (!status.ok()) return status;
    return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }

 private:
  void SetDeadline(grpc::ClientContext& context) const {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::microseconds(static_cast<int64_t>(options_.timeout_seconds * 1e6)));
  }

  // Puts gRPC's words for what users see most into ours.
  absl::Status Explain(const grpc::Status& status) const {
    const bool connected = channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && !connected) {
      return absl::UnavailableError(absl::StrCat("no server answers at ", options_.server,
                                                 ": does pixelclip-server run there? (",
                                                 status.error_message(), ")"));
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

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Segmentation::Stub> service_;
};

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  if (!(options.timeout_seconds > 0 && options.timeout_seconds <= 1e6)) {
    return absl::InvalidArgumentError(
        absl::StrCat("timeout_seconds: ", options.timeout_seconds, " is not between 0 and 1,000,000"));
  }
  if (options.tls.has_value() && options.tls->certificate.empty() != options.tls->private_key.empty()) {
    return absl::InvalidArgumentError("tls: a certificate needs its private key, and the other way round");
  }
  return std::unique_ptr<Client>(new Client(std::make_unique<Connection>(options)));
}

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::~Client() = default;

absl::StatusOr<SegmentResult> Client::Segment(std::string_view encoded_picture, const Vocabulary& vocabulary,
                                              const SegmentRequestOptions& options) const {
  const absl::StatusOr<v1::SegmentResponse> response =
      connection_->Segment(MakeSegmentRequest(encoded_picture, vocabulary, options));
  if (!response.ok()) return response.status();
  return ReadSegmentResponse(*response);
}

absl::StatusOr<ServerListing> Client::ListModels() const {
  const absl::StatusOr<v1::ListModelsResponse> response = connection_->ListModels();
  if (!response.ok()) return response.status();
  return ReadListModelsResponse(*response);
}

absl::StatusOr<bool> Client::IsServing() const { return connection_->IsServing(); }

}  // namespace pixelclip
