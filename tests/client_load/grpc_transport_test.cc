#include "client/load/grpc_transport.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "client/load/channels.h"
#include "client/load/load_loop.h"
#include "tests/client_load/fake_service.h"

namespace pixelclip {
namespace {

class GrpcTransportTest : public testing::Test {
 protected:
  std::unique_ptr<GrpcTransport> Connect(int channels, bool retries = false) const {
    ClientOptions options;
    options.server = service_.address();
    return std::make_unique<GrpcTransport>(MakeChannels(options, channels, retries), "a token");
  }

  LoadStats Run(GrpcTransport& transport, int callers, int64_t count) const {
    WorkloadOptions requests;
    requests.pictures = {std::string(100'000, 'x')};
    requests.vocabularies.emplace_back().add_classes()->set_name("cat");
    Workload workload(requests);
    ClosedLoop arrivals(callers);
    LoopOptions options;
    options.count = count;
    return RunLoad(options, arrivals, workload, transport);
  }

  FakeService service_;
};

TEST_F(GrpcTransportTest, NoAnswerIsLost) {
  const auto transport = Connect(2);
  const LoadStats stats = Run(*transport, 64, 1000);
  EXPECT_EQ(stats.sent, 1000);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), 1000);
  EXPECT_EQ(service_.calls, 1000);
  EXPECT_EQ(stats.stages.back().count(), 1000);
  EXPECT_EQ(service_.Connections(), 2) << "channels have connections of their own";
}

TEST_F(GrpcTransportTest, ErrorsAreCountedByCodeAndSentOnce) {
  service_.on_segment = [](int call, grpc::ServerContext& context) {
    if (call % 4 == 1) {
      context.AddTrailingMetadata("grpc-retry-pushback-ms", "250");
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full");
    }
    if (call % 4 == 2) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
    if (call % 4 == 3) {
      context.AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
      return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "could not be met");
    }
    return grpc::Status::OK;
  };
  const auto transport = Connect(1);
  const LoadStats stats = Run(*transport, 8, 400);
  EXPECT_EQ(service_.calls, 400);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), 100);
  EXPECT_EQ(stats.Of(Outcome::kRefused).count(), 200);
  EXPECT_EQ(stats.Of(Outcome::kFailed).count(), 100);
  EXPECT_EQ(stats.codes.at(grpc::StatusCode::UNAVAILABLE).latency.count(), 100);
  EXPECT_EQ(stats.codes.at(grpc::StatusCode::RESOURCE_EXHAUSTED).first_message, "the queue is full");
  EXPECT_EQ(stats.pushback.count(), 100);
  EXPECT_EQ(stats.pushback.max(), 0.25);
  EXPECT_EQ(stats.pushback_never, 100);
}

TEST_F(GrpcTransportTest, RepeatsIfToldTo) {
  service_.on_segment = [](int call, grpc::ServerContext& context) {
    if (call > 0) return grpc::Status::OK;
    context.AddTrailingMetadata("grpc-retry-pushback-ms", "1");
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full");
  };
  const auto transport = Connect(1, /*retries=*/true);
  const LoadStats stats = Run(*transport, 1, 1);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), 1);
  EXPECT_EQ(service_.calls, 2);
}

TEST_F(GrpcTransportTest, ShowsTheToken) {
  service_.on_segment = [](int, grpc::ServerContext& context) {
    const auto token = context.client_metadata().find("authorization");
    const bool shown = token != context.client_metadata().end() && token->second == "Bearer a token";
    return shown ? grpc::Status::OK : grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no token");
  };
  const LoadStats stats = Run(*Connect(1), 1, 1);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), 1);
}

TEST_F(GrpcTransportTest, WaitsNoLongerThanAsked) {
  const auto transport = Connect(1);
  EXPECT_FALSE(transport->Next(transport->Now()).has_value());
  const double soon = transport->Now() + 0.001;
  EXPECT_FALSE(transport->Next(soon).has_value());
  EXPECT_GE(transport->Now(), soon);
}

TEST_F(GrpcTransportTest, EndsWithCallsInFlight) {
  const auto transport = Connect(1);
  for (int i = 0; i < 10; ++i) transport->Start(i, {}, std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace pixelclip
