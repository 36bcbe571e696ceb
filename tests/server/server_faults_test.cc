// What the server does under load, when replicas die, and at its end; and what it says of its health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/server.h"
#include "tests/testing/gated_segmenter.h"
#include "tests/testing/server_fixture.h"

namespace pixelclip {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::Gate;
using testing::GatedSegmenter;
using ::testing::HasSubstr;

// Its device dies under the replica that encodes next, as often as the test says.
class MortalSegmenter : public testing::FakeSegmenter {
 public:
  void LoseOneReplica() { ++to_lose_; }
  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    int left = to_lose_;
    while (left > 0) {
      if (!to_lose_.compare_exchange_weak(left, left - 1)) continue;
      dead_ = true;
      return absl::InternalError("an illegal memory access was encountered");
    }
    return FakeSegmenter::EncodeImages(inputs);
  }
  bool DeviceComputes() const override { return !dead_; }

 private:
  mutable std::atomic<int> to_lose_{0};
  static inline thread_local bool dead_ = false;  // each replica has a thread of its own
};

// Its device hangs until the gate is opened, maybe for longer than the server lives.
struct HangingSegmenter : testing::FakeSegmenter {
  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    gate.Pass();
    return FakeSegmenter::EncodeImages(inputs);
  }
  mutable Gate gate;
};

class ServerFaultsTest : public testing::ServerTest {
 protected:
  // What gRPC's health says of the name now.
  HealthCheckResponse::ServingStatus HealthOf(const std::string& name) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(name);
    HealthCheckResponse response;
    const grpc::Status status =
        grpc::health::v1::Health::NewStub(channel_)->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << name << ": " << status.error_message();
    return response.status();
  }

  // Returns once gRPC's health says so of the name.
  void AwaitHealth(const std::string& name, HealthCheckResponse::ServingStatus wanted) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(name);
    const auto stub = grpc::health::v1::Health::NewStub(channel_);
    const auto watch = stub->Watch(&context, request);
    HealthCheckResponse response;
    bool met = false;
    while (!met && watch->Read(&response)) met = response.status() == wanted;
    EXPECT_TRUE(met) << name;
    context.TryCancel();
    while (watch->Read(&response)) continue;
    watch->Finish();
  }
};

TEST_F(ServerFaultsTest, AFullQueueSaysWhenToComeAgain) {
  Gate gate;
  settings_.max_batch = 1;
  settings_.max_queue = 1;
  Start(std::make_shared<GatedSegmenter>(&gate));
  std::vector<std::thread> callers;
  std::atomic<int> ok = 0;
  const auto call = [&] {
    callers.emplace_back([&] {
      v1::SegmentResponse response;
      ok += Segment(Request(), &response).ok();
    });
  };
  call();
  gate.AwaitWaiting();  // one in the encoder
  call();               // one in the queue, sooner or later
  while (state_->models.Find("").value()->batcher().snapshot().queued == 0) std::this_thread::yield();
  grpc::ClientContext context;
  v1::SegmentResponse response;
  const grpc::Status refused = stub_->Segment(&context, Request(), &response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1u);
  gate.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ok, 2);
}

TEST_F(ServerFaultsTest, ACallThatIsCancelledOrLateIsDropped) {
  Gate gate;
  settings_.max_batch = 1;
  Start(std::make_shared<GatedSegmenter>(&gate));
  std::thread first([&] {
    v1::SegmentResponse response;
    EXPECT_TRUE(Segment(Request(), &response).ok());
  });
  gate.AwaitWaiting();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::SegmentResponse response;
  EXPECT_EQ(stub_->Segment(&context, Request(), &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  gate.Open();
  first.join();
}

TEST_F(ServerFaultsTest, ReportsHealthByName) {
  for (const char* name : {"", "pixelclip.v1.Segmentation", "liveness", "model/fake"})
    EXPECT_EQ(HealthOf(name), HealthCheckResponse::SERVING) << name;
}

TEST_F(ServerFaultsTest, OneReplicaOfTwoIsEnough) {
  settings_.devices = {"cpu", "cpu"};
  settings_.max_batch = 1;
  settings_.max_queue = 64;
  const auto segmenter = std::make_shared<MortalSegmenter>();
  Start(segmenter);
  const auto healthy = [&](const std::string& replica) {
    return Metric("pixelclip_replica_healthy{device=\"cpu\",model=\"fake\",replica=\"" + replica + "\"}");
  };
  segmenter->LoseOneReplica();
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([this] { MustSegment(Request()); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_NE(healthy("0"), healthy("1"));
  EXPECT_EQ(HealthOf("model/fake"), HealthCheckResponse::SERVING);

  segmenter->LoseOneReplica();
  v1::SegmentResponse response;
  EXPECT_EQ(Segment(Request(), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(healthy("0") + healthy("1"), "00");
  EXPECT_EQ(Segment(Request(), &response).error_code(), grpc::StatusCode::UNAVAILABLE) << "and at once";
}

TEST_F(ServerFaultsTest, ADefaultModelThatDiesFailsEveryProbe) {
  const auto names = {"", "pixelclip.v1.Segmentation", "liveness", "model/fake"};
  const auto segmenter = std::make_shared<MortalSegmenter>();
  Start(segmenter);
  segmenter->LoseOneReplica();
  v1::SegmentResponse response;
  EXPECT_EQ(Segment(Request(), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
  for (const char* name : names) AwaitHealth(name, HealthCheckResponse::NOT_SERVING);

  state_->models.Put(Serve("fake", std::make_shared<testing::FakeSegmenter>(), *state_));
  MustSegment(Request());
  for (const char* name : names) AwaitHealth(name, HealthCheckResponse::SERVING);
}

TEST_F(ServerFaultsTest, AGpuThatHangsIsDead) {
  settings_.devices = {"cuda:0"};
  settings_.gpu_limit_seconds = 0.001;
  const auto segmenter = std::make_shared<HangingSegmenter>();
  Start(segmenter);
  v1::SegmentResponse response;
  const grpc::Status status = Segment(Request(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  for (const char* name : {"", "liveness", "model/fake"}) AwaitHealth(name, HealthCheckResponse::NOT_SERVING);
  server_->Shutdown();
  state_->models.Put(
      Serve("fake", std::make_shared<testing::FakeSegmenter>(), *state_));  // nor does its end wait
  segmenter->gate.Open();
}

TEST_F(ServerFaultsTest, AnotherModelThatDiesFailsItsOwnProbeOnly) {
  const auto segmenter = std::make_shared<MortalSegmenter>();
  state_->models.Put(Serve("other", segmenter, *state_));
  AwaitHealth("model/other", HealthCheckResponse::SERVING);
  segmenter->LoseOneReplica();
  v1::SegmentRequest request = Request();
  request.set_model("other");
  v1::SegmentResponse response;
  EXPECT_EQ(Segment(request, &response).error_code(), grpc::StatusCode::UNAVAILABLE);
  AwaitHealth("model/other", HealthCheckResponse::NOT_SERVING);
  for (const char* name : {"", "liveness", "model/fake"})
    EXPECT_EQ(HealthOf(name), HealthCheckResponse::SERVING) << name;
}

TEST_F(ServerFaultsTest, AModelThatIsUnloadedIsNotReady) {
  state_->models.Put(Serve("other", std::make_shared<testing::FakeSegmenter>(), *state_));
  AwaitHealth("model/other", HealthCheckResponse::SERVING);
  ASSERT_TRUE(state_->models.Remove("other").ok());
  AwaitHealth("model/other", HealthCheckResponse::NOT_SERVING);
}

TEST_F(ServerFaultsTest, EndsStreamsThatAreKeptOpen) {
  Gate gate;
  Start(std::make_shared<GatedSegmenter>(&gate));
  grpc::ClientContext busy_context, idle_context;
  const auto busy = stub_->SegmentStream(&busy_context), idle = stub_->SegmentStream(&idle_context);
  v1::SegmentStreamRequest start;
  *start.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  start.mutable_start()->set_max_in_flight(1);
  ASSERT_TRUE(busy->Write(start) && idle->Write(start));
  for (int id = 1; id <= 2; ++id) {  // one in the encoder, and one that waits for it
    v1::SegmentStreamRequest picture;
    picture.mutable_picture()->set_id(id);
    *picture.mutable_picture()->mutable_image() = Request().image();
    ASSERT_TRUE(busy->Write(picture));
  }
  gate.AwaitWaiting();
  const std::string received =
      "grpc_server_msg_received_total{grpc_method=\"SegmentStream\","
      "grpc_service=\"pixelclip.v1.Segmentation\",grpc_type=\"bidi_stream\"}";
  while (Metric(received) != "4") std::this_thread::yield();  // both starts and both pictures

  std::thread shutdown([this] { server_->Shutdown(); });
  v1::SegmentStreamResponse response;
  EXPECT_FALSE(idle->Read(&response));
  const grpc::Status ended = idle->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(ended.error_message(), HasSubstr("shutting down"));

  gate.Open();
  for (uint64_t id = 1; id <= 2; ++id) {
    ASSERT_TRUE(busy->Read(&response));
    EXPECT_EQ(response.id(), id);
    EXPECT_TRUE(response.has_response());
  }
  EXPECT_FALSE(busy->Read(&response));
  EXPECT_EQ(busy->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  shutdown.join();
}

TEST_F(ServerFaultsTest, ShutsDown) {
  server_->Shutdown();
  v1::SegmentResponse response;
  EXPECT_EQ(Segment(Request(), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace pixelclip
