#ifndef PIXELCLIP_CLIENT_LOAD_GRPC_TRANSPORT_H_
#define PIXELCLIP_CLIENT_LOAD_GRPC_TRANSPORT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "client/load/transport.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {

// Thousands of calls in flight on one thread: gRPC's completion queue hands over one answer after the other.
class GrpcTransport : public Transport {
 public:
  // Calls take turns on the channels, of which there must be one at least, and show the token, if it is not
  // empty.
  GrpcTransport(const std::vector<std::shared_ptr<grpc::Channel>>& channels, std::string token);

  // Cancels calls that have no answer yet.
  ~GrpcTransport() override;

  double Now() const override;
  void Start(int64_t call, const v1::SegmentRequest& request, double deadline) override;
  std::optional<Answer> Next(double until) override;

 private:
  struct Call;

  const std::string token_;
  std::vector<std::unique_ptr<v1::Segmentation::Stub>> stubs_;
  size_t next_stub_ = 0;
  grpc::CompletionQueue queue_;
  std::unordered_set<Call*> in_flight_;  // owned; the queue gives the same pointers back
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_GRPC_TRANSPORT_H_
