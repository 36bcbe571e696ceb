#include "client/load/grpc_transport.h"

#include <grpc/support/time.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "client/cpp/channel.h"

namespace pixelclip {
namespace {

constexpr char kPushbackTrailer[] = "grpc-retry-pushback-ms";

gpr_timespec ToTimespec(double seconds) {
  if (std::isinf(seconds)) return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  return gpr_time_from_nanos(std::llround(seconds * 1e9), GPR_CLOCK_MONOTONIC);
}

// What gRPC does with a value that is no number: not to try again.
int64_t ParsePushback(const grpc::string_ref& text) {
  int64_t milliseconds = -1;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), milliseconds);
  return error == std::errc() && end == text.end() ? milliseconds : -1;
}

}  // namespace

struct GrpcTransport::Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::SegmentResponse>> reader;
  Answer answer;
};

GrpcTransport::GrpcTransport(const std::vector<std::shared_ptr<grpc::Channel>>& channels, std::string token)
    : token_(std::move(token)) {
  for (const auto& channel : channels) stubs_.push_back(v1::Segmentation::NewStub(channel));
}

GrpcTransport::~GrpcTransport() {
  for (Call* call : in_flight_) call->context.TryCancel();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) delete static_cast<Call*>(tag);
}

double GrpcTransport::Now() const {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return static_cast<double>(now.tv_sec) + now.tv_nsec * 1e-9;
}

void GrpcTransport::Start(int64_t id, const v1::SegmentRequest& request, double deadline) {
  auto* call = new Call;
  in_flight_.insert(call);
  call->answer.call = id;
  call->context.set_deadline(ToTimespec(deadline));
  AddToken(call->context, token_);
  call->reader = stubs_[next_stub_++ % stubs_.size()]->AsyncSegment(&call->context, request, &queue_);
  call->reader->Finish(&call->answer.response, &call->answer.status, call);
}

std::optional<Answer> GrpcTransport::Next(double until) {
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, ToTimespec(until)) != grpc::CompletionQueue::GOT_EVENT) return std::nullopt;
  const std::unique_ptr<Call> call(static_cast<Call*>(tag));
  in_flight_.erase(call.get());
  const auto& trailers = call->context.GetServerTrailingMetadata();
  const auto pushback = trailers.find(kPushbackTrailer);
  if (pushback != trailers.end()) call->answer.pushback_milliseconds = ParsePushback(pushback->second);
  return std::move(call->answer);
}

}  // namespace pixelclip
