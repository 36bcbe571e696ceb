#include "client/cpp/client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "client/cpp/channel.h"
#include "client/cpp/check_texts.h"
#include "client/cpp/connection.h"
#include "client/cpp/convert.h"
#include "client/cpp/segment_stream.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace pixelclip {
namespace {

// Calls a unary method of `stub`.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(const Connection& connection, Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  if (absl::Status good = CheckTexts(request); !good.ok()) return good;
  Response response;
  grpc::ClientContext context;
  connection.Prepare(context);
  connection.SetDeadline(context);
  const absl::Status status = connection.Explain((stub.*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<SegmentResult> CallSegment(const Connection& connection, const v1::SegmentRequest& request) {
  const auto response = Call(connection, connection.service(), &v1::Segmentation::Stub::Segment, request);
  if (!response.ok()) return response.status();
  return ReadSegmentResponse(*response);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  if (absl::Status status = CheckClientOptions(options); !status.ok()) return status;
  return std::unique_ptr<Client>(new Client(std::make_shared<const Connection>(options)));
}

Client::Client(std::shared_ptr<const Connection> connection) : connection_(std::move(connection)) {}

Client::~Client() = default;

absl::StatusOr<SegmentResult> Client::Segment(std::string_view encoded_picture, const RequestWords& words,
                                              const SegmentRequestOptions& options) const {
  v1::SegmentRequest request = MakeSegmentRequest(words, options);
  request.mutable_image()->set_encoded(encoded_picture.data(), encoded_picture.size());
  return CallSegment(*connection_, request);
}

absl::StatusOr<SegmentResult> Client::SegmentFeatures(std::string_view features_id, const RequestWords& words,
                                                      const SegmentRequestOptions& options) const {
  v1::SegmentRequest request = MakeSegmentRequest(words, options);
  request.mutable_image()->set_features_id(features_id.data(), features_id.size());
  return CallSegment(*connection_, request);
}

std::unique_ptr<SegmentStream> Client::OpenStream(const RequestWords& words,
                                                  const StreamOptions& options) const {
  return std::unique_ptr<SegmentStream>(new SegmentStream(connection_, words, options));
}

absl::StatusOr<RegisteredVocabulary> Client::RegisterVocabulary(const Vocabulary& vocabulary,
                                                                const std::string& model) const {
  const auto response =
      Call(*connection_, connection_->service(), &v1::Segmentation::Stub::RegisterVocabulary,
           MakeRegistration(vocabulary, model));
  if (!response.ok()) return response.status();
  return RegisteredVocabulary{response->vocabulary_id(), vocabulary.background};
}

absl::StatusOr<ServerListing> Client::ListModels() const {
  const auto response = Call(*connection_, connection_->service(), &v1::Segmentation::Stub::ListModels,
                             v1::ListModelsRequest());
  if (!response.ok()) return response.status();
  return ReadListModelsResponse(*response);
}

absl::StatusOr<bool> Client::IsServing() const {
  using grpc::health::v1::Health;
  const auto health = Health::NewStub(connection_->channel());
  const grpc::health::v1::HealthCheckRequest whole_server;
  const auto response = Call(*connection_, *health, &Health::Stub::Check, whole_server);
  if (!response.ok()) return response.status();
  return response->status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

}  // namespace pixelclip
