#include "server/transport_limits.h"

#include <grpc/compression.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

class TransportLimitsTest : public ::testing::Test {
 protected:
  TransportLimitsTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    ApplyTransportLimits(builder, {});
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
    channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(),
                                         arguments);
  }

  // A method that the service leaves unimplemented.
  grpc::StatusCode CallWithMetadata(size_t bytes) {
    grpc::ClientContext context;
    context.AddMetadata("padding", std::string(bytes, 'x'));
    v1::ListModelsResponse response;
    return v1::Segmentation::NewStub(channel_)->ListModels(&context, {}, &response).error_code();
  }

  v1::Segmentation::Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(TransportLimitsTest, BoundMetadata) {
  EXPECT_EQ(CallWithMetadata(12 << 10), grpc::StatusCode::UNIMPLEMENTED) << "arrived";
  EXPECT_EQ(CallWithMetadata(20 << 10), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// gRPC would unpack them whole before it looks at their size.
TEST_F(TransportLimitsTest, RefuseCompressedMessages) {
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::SegmentRequest request;
    request.mutable_image()->set_encoded(std::string(1 << 20, '\0'));
    v1::SegmentResponse response;
    const grpc::Status status = v1::Segmentation::NewStub(channel_)->Segment(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
    EXPECT_NE(status.error_message().find("is disabled"), std::string::npos) << status.error_message();
  }
}

}  // namespace
}  // namespace pixelclip
