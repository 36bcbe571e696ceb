#ifndef PIXELCLIP_TESTS_TESTING_SERVER_FIXTURE_H_
#define PIXELCLIP_TESTS_TESTING_SERVER_FIXTURE_H_

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "server/model_loader.h"
#include "server/server.h"
#include "tests/testing/fake_segmenter.h"

namespace pixelclip::testing {

// The whole server on loopback, with a segmenter that needs no network of neurons. A test starts it anew for
// other settings or another segmenter.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    settings_.listen = "127.0.0.1:0";
    settings_.admin_listen = "127.0.0.1:0";
    settings_.metrics_listen = "127.0.0.1:0";
    settings_.max_request_bytes = 1 << 20;
    settings_.decode_limits.max_pixels = 10000;
    settings_.work_threads = 2;
    settings_.max_queue = 2;
    settings_.farewell_seconds = 0;
  }

  void SetUp() override { Start(std::make_shared<FakeSegmenter>()); }
  void TearDown() override { server_->Shutdown(); }

  void Start(std::shared_ptr<const Segmenter> segmenter) {
    if (server_ != nullptr) server_->Shutdown();
    server_.reset();
    state_.reset();
    auto security = TransportSecurity::Create({});
    auto tokens = BearerTokens::Load({}, false);
    ASSERT_TRUE(security.ok() && tokens.ok());
    security_ = *std::move(security);
    state_ = std::make_unique<ServerState>(settings_, *std::move(tokens));
    state_->models.Put(Serve("fake", std::move(segmenter), *state_));
    auto server = Server::Open(*state_, *security_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const absl::Status serving = server_->Serve();
    ASSERT_TRUE(serving.ok()) << serving;
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::Segmentation::NewStub(channel_);
  }

  // A 12 x 2 picture and the classes dog, grass and sky.
  static v1::SegmentRequest Request() {
    v1::SegmentRequest request;
    v1::RawImage* raw = request.mutable_image()->mutable_raw();
    raw->set_width(12);
    raw->set_height(2);
    raw->set_format(v1::PIXEL_FORMAT_GRAY8);
    raw->set_data(std::string(24, '\x80'));
    for (const char* name : {"dog", "grass, lawn", "sky"})
      request.mutable_vocabulary()->add_classes()->set_name(name);
    return request;
  }

  grpc::Status Segment(const v1::SegmentRequest& request, v1::SegmentResponse* response) {
    grpc::ClientContext context;
    return stub_->Segment(&context, request, response);
  }

  v1::SegmentResponse MustSegment(const v1::SegmentRequest& request) {
    v1::SegmentResponse response;
    const grpc::Status status = Segment(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // The value of a series, by its name and labels, as Prometheus is told; empty if there is none.
  std::string Metric(const std::string& series) {
    const std::string all = "\n" + state_->metrics.Expose();
    const size_t line = all.find("\n" + series + " ");
    if (line == std::string::npos) return "";
    const size_t value = line + series.size() + 2;
    return all.substr(value, all.find('\n', value) - value);
  }

  // The field that a refused request's BadRequest names.
  std::string RefusedField(const v1::SegmentRequest& request) {
    v1::SegmentResponse response;
    const grpc::Status status = Segment(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    google::rpc::Status details;
    google::rpc::BadRequest bad_request;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
    if (details.details_size() != 1 || !details.details(0).UnpackTo(&bad_request)) return "no BadRequest";
    EXPECT_EQ(bad_request.field_violations_size(), 1);
    const auto& violation = bad_request.field_violations(0);
    EXPECT_EQ(status.error_message(), violation.field() + ": " + violation.description());
    return violation.field();
  }

  ServerSettings settings_;
  std::unique_ptr<TransportSecurity> security_;
  std::unique_ptr<ServerState> state_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Segmentation::Stub> stub_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_SERVER_FIXTURE_H_
