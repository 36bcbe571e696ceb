#include "client/cpp/segment_stream.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <utility>

#include "client/cpp/check_texts.h"
#include "client/cpp/connection.h"
#include "client/cpp/convert.h"

namespace pixelclip {

struct SegmentStream::Call {
  explicit Call(std::shared_ptr<const Connection> on) : connection(std::move(on)) {
    connection->Prepare(context);
  }

  const std::shared_ptr<const Connection> connection;
  grpc::ClientContext context;
  // Null where the words could not be sent; `end` says why.
  std::unique_ptr<grpc::ClientReaderWriter<v1::SegmentStreamRequest, v1::SegmentStreamResponse>> stream;
  std::optional<absl::Status> end;  // how the stream ended, once Receive has found out
};

SegmentStream::SegmentStream(std::shared_ptr<const Connection> connection, const RequestWords& words,
                             const StreamOptions& options)
    : call_(std::make_unique<Call>(std::move(connection))) {
  v1::SegmentStreamRequest request;
  *request.mutable_start() = MakeStreamStart(words, options);
  if (absl::Status good = CheckTexts(request.start()); !good.ok()) {
    call_->end = std::move(good);
    return;
  }
  call_->stream = call_->connection->service().SegmentStream(&call_->context);
  call_->stream->Write(request);  // where that fails, Receive says why
}

SegmentStream::~SegmentStream() {
  if (call_->end) return;
  call_->context.TryCancel();
  while (Receive().value_or(std::nullopt)) continue;
}

bool SegmentStream::Send(uint64_t id, std::string_view encoded_picture) {
  if (call_->stream == nullptr) return false;
  v1::SegmentStreamRequest request;
  request.mutable_picture()->set_id(id);
  request.mutable_picture()->mutable_image()->set_encoded(encoded_picture.data(), encoded_picture.size());
  return call_->stream->Write(request);
}

void SegmentStream::DoneSending() {
  if (call_->stream != nullptr) call_->stream->WritesDone();
}

absl::StatusOr<std::optional<StreamAnswer>> SegmentStream::Receive() {
  v1::SegmentStreamResponse response;
  if (!call_->end && call_->stream->Read(&response)) return ReadStreamAnswer(response);
  if (!call_->end) call_->end = call_->connection->Explain(call_->stream->Finish());
  if (!call_->end->ok()) return *call_->end;
  return std::nullopt;
}

void SegmentStream::Cancel() { call_->context.TryCancel(); }

}  // namespace pixelclip
