#ifndef PIXELCLIP_CLIENT_CPP_CONNECTION_H_
#define PIXELCLIP_CLIENT_CPP_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/cpp/client.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {

// What a client and its streams share: a connection to the server, and how calls on it look. Thread-safe.
class Connection {
 public:
  // REQUIRES: CheckClientOptions accepts them. Does not connect yet.
  explicit Connection(const ClientOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::Segmentation::Stub& service() const { return *service_; }

  // Sets what every call has: the token.
  void Prepare(grpc::ClientContext& context) const;
  // And what every call but a stream has: the deadline.
  void SetDeadline(grpc::ClientContext& context) const;

  // The status with which a call ended; puts gRPC's words for what users see most into ours.
  absl::Status Explain(const grpc::Status& status) const;

 private:
  std::string WhyNotConnected(const std::string& cause) const;

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Segmentation::Stub> service_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CONNECTION_H_
