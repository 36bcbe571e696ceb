#include "client/cpp/client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/channel.h"
#include "client/cpp/convert.h"
#include "client/cpp/grpc_status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

std::shared_ptr<grpc::Channel> MakeChannel(const ClientOptions& options) {
  return grpc::CreateCustomChannel(options.server, MakeChannelCredentials(options.tls),
                                   MakeChannelArguments(options));
}

}  // namespace

class Client::Connection {
 public:
  explicit Connection(const ClientOptions& options)
      : options_(options), channel_(MakeChannel(options)), service_(v1::Segmentation::NewStub(channel_)) {}

  absl::StatusOr<SegmentResult> Segment(const v1::SegmentRequest& request) const {
    v1::SegmentResponse response;
    grpc::ClientContext context;
    Prepare(context);
    const absl::Status status = Explain(service_->Segment(&context, request, &response));
    if (!status.ok()) return status;
    return ReadSegmentResponse(response);
  }

  absl::StatusOr<v1::ListModelsResponse> ListModels() const {
    v1::ListModelsResponse response;
    grpc::ClientContext context;
    Prepare(context);
    const absl::Status status = Explain(service_->ListModels(&context, {}, &response));
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<bool> IsServing() const {
    grpc::health::v1::HealthCheckRequest whole_server;
    grpc::health::v1::HealthCheckResponse response;
    grpc::ClientContext context;
    Prepare(context);
    const absl::Status status =
        Explain(grpc::health::v1::Health::NewStub(channel_)->Check(&context, whole_server, &response));
    if (!status.ok()) return status;
    return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }

 private:
  void Prepare(grpc::ClientContext& context) const {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::microseconds(static_cast<int64_t>(options_.timeout_seconds * 1e6)));
    AddToken(context, options_.token);
  }

  // Puts gRPC's words for what users see most into ours.
  absl::Status Explain(const grpc::Status& status) const {
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

  std::string WhyNotConnected(const std::string& cause) const {
    const std::string& server = options_.server;
    if (absl::StrContains(cause, "handshake failed") || absl::StrContains(cause, "Peer name")) {
      return absl::StrCat("no TLS connection to ", server,
                          ": is its certificate of a trusted authority, and for that name?");
    }
    if (absl::StrContains(cause, "Socket closed")) {
      return absl::StrCat(server, " hangs up: does it want TLS, or a client's certificate?");
    }
    return absl::StrCat("no server answers at ", server, ": does pixelclip-server run there?");
  }

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Segmentation::Stub> service_;
};

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  if (absl::Status status = CheckClientOptions(options); !status.ok()) return status;
  return std::unique_ptr<Client>(new Client(std::make_unique<Connection>(options)));
}

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::~Client() = default;

absl::StatusOr<SegmentResult> Client::Segment(std::string_view encoded_picture, const Vocabulary& vocabulary,
                                              const SegmentRequestOptions& options) const {
  v1::SegmentRequest request = MakeSegmentRequest(vocabulary, options);
  request.mutable_image()->set_encoded(encoded_picture.data(), encoded_picture.size());
  return connection_->Segment(request);
}

absl::StatusOr<SegmentResult> Client::SegmentFeatures(std::string_view features_id,
                                                      const Vocabulary& vocabulary,
                                                      const SegmentRequestOptions& options) const {
  v1::SegmentRequest request = MakeSegmentRequest(vocabulary, options);
  request.mutable_image()->set_features_id(features_id.data(), features_id.size());
  return connection_->Segment(request);
}

absl::StatusOr<ServerListing> Client::ListModels() const {
  const absl::StatusOr<v1::ListModelsResponse> response = connection_->ListModels();
  if (!response.ok()) return response.status();
  return ReadListModelsResponse(*response);
}

absl::StatusOr<bool> Client::IsServing() const { return connection_->IsServing(); }

}  // namespace pixelclip
