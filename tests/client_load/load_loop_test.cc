#include "client/load/load_loop.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/client_load/fake_transport.h"

namespace pixelclip {
namespace {

using Reply = FakeTransport::Reply;

grpc::Status Error(grpc::StatusCode code) { return grpc::Status(code, "as the test says"); }

Workload OneRequest() {
  WorkloadOptions options;
  options.pictures = {"picture"};
  options.vocabularies.emplace_back().add_classes()->set_name("cat");
  return Workload(options);
}

LoadStats RunLoop(const LoopOptions& options, Arrivals& arrivals, FakeTransport& transport) {
  Workload workload = OneRequest();
  return RunLoad(options, arrivals, workload, transport);
}

TEST(LoadLoopTest, ClosedLoopKeepsAllCallersBusy) {
  FakeTransport transport([](int64_t) { return Reply{0.25, {}, {}}; });
  ClosedLoop arrivals(4);
  LoopOptions options;
  options.warm_up_seconds = 1;
  options.duration_seconds = 10;
  const LoadStats stats = RunLoop(options, arrivals, transport);
  EXPECT_EQ(transport.most_in_flight, 4);
  EXPECT_EQ(transport.started_at.size(), 4 * 4 * 11);
  EXPECT_EQ(stats.sent, 4 * 4 * 10);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), stats.sent);
  EXPECT_EQ(stats.window_seconds, 10);
  EXPECT_DOUBLE_EQ(stats.Throughput(), 16);
  EXPECT_DOUBLE_EQ(stats.Goodput(), 16);
  EXPECT_NEAR(stats.accepted.Quantile(0.99), 0.25, 0.001);
}

TEST(LoadLoopTest, CountEndsTheRunWithTheLastAnswer) {
  FakeTransport transport([](int64_t) { return Reply{0.5, {}, {}}; });
  ClosedLoop arrivals(2);
  LoopOptions options;
  options.count = 10;
  const LoadStats stats = RunLoop(options, arrivals, transport);
  EXPECT_EQ(transport.started_at.size(), 10);
  EXPECT_DOUBLE_EQ(stats.window_seconds, 2.5);
  EXPECT_DOUBLE_EQ(stats.Throughput(), 4);
}

TEST(LoadLoopTest, OpenLoopSendsOnTimeWhateverTheServerDoes) {
  FakeTransport transport([](int64_t) { return Reply{100, {}, {}}; });
  const auto arrivals = OpenLoop::Constant(10);
  LoopOptions options;
  options.duration_seconds = 2;
  options.timeout_seconds = 1;
  const LoadStats stats = RunLoop(options, *arrivals, transport);
  ASSERT_EQ(transport.started_at.size(), 20);
  for (int i = 0; i < 20; ++i) EXPECT_NEAR(transport.started_at[i], 1000 + i * 0.1, 1e-9);
  EXPECT_EQ(stats.Of(Outcome::kExpired).count(), 20);
  EXPECT_NEAR(stats.accepted.max(), 1, 1e-9);
  EXPECT_EQ(stats.Throughput(), 0);
  EXPECT_NEAR(stats.send_delay.max(), 0, 1e-9);
}

// A client that measured from the time it came to send would see 20 ms, and a fast server.
TEST(LoadLoopTest, LatencyCountsFromWhenTheCallWasDue) {
  FakeTransport transport([](int64_t) { return Reply{0.02, {}, {}}; });
  transport.seconds_to_send = 0.2;
  const auto arrivals = OpenLoop::Constant(10);
  LoopOptions options;
  options.count = 10;
  const LoadStats stats = RunLoop(options, *arrivals, transport);
  // The last is due after 0.9 s and sent after nine others of 0.2 s; its answer comes 0.22 s later.
  EXPECT_GE(stats.accepted.max(), 1.12 - 1e-9);
  EXPECT_GE(stats.send_delay.max(), 0.9 - 1e-9);
}

TEST(LoadLoopTest, TheDeadlineCountsFromWhenTheCallWasDue) {
  FakeTransport transport([](int64_t) { return Reply{0.02, {}, {}}; });
  transport.seconds_to_send = 0.2;
  const auto arrivals = OpenLoop::Constant(1e6);
  LoopOptions options;
  options.count = 10;
  options.timeout_seconds = 1;
  const LoadStats stats = RunLoop(options, *arrivals, transport);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count() + stats.Of(Outcome::kExpired).count(), 10);
  EXPECT_GE(stats.Of(Outcome::kExpired).count(), 5);
}

TEST(LoadLoopTest, EveryCallIsCountedOnceByWhatBecameOfIt) {
  FakeTransport transport([](int64_t call) {
    switch (call % 5) {
      case 0:
        return Reply{0.3, {}, {}};
      case 1:
        return Reply{0.001, Error(grpc::StatusCode::RESOURCE_EXHAUSTED), 250};
      case 2:
        return Reply{0.001, Error(grpc::StatusCode::DEADLINE_EXCEEDED), -1};
      case 3:
        return Reply{9, {}, {}};
      default:
        return Reply{0.1, Error(grpc::StatusCode::INTERNAL), {}};
    }
  });
  const auto arrivals = OpenLoop::Constant(100);
  LoopOptions options;
  options.warm_up_seconds = 1;
  options.duration_seconds = 10;
  options.timeout_seconds = 2;
  const LoadStats stats = RunLoop(options, *arrivals, transport);
  EXPECT_EQ(stats.sent, 1000);
  EXPECT_EQ(stats.Of(Outcome::kAnswered).count(), 200);
  EXPECT_EQ(stats.Of(Outcome::kRefused).count(), 400);
  EXPECT_EQ(stats.Of(Outcome::kExpired).count(), 200);
  EXPECT_EQ(stats.Of(Outcome::kFailed).count(), 200);
  EXPECT_EQ(stats.accepted.count(), 600);
  EXPECT_EQ(stats.codes.at(grpc::StatusCode::DEADLINE_EXCEEDED).latency.count(), 400);
  EXPECT_EQ(stats.codes.at(grpc::StatusCode::INTERNAL).first_message, "as the test says");
  EXPECT_EQ(stats.pushback.count(), 200);
  EXPECT_DOUBLE_EQ(stats.pushback.max(), 0.25);
  EXPECT_EQ(stats.pushback_never, 200);
  EXPECT_NEAR(stats.Throughput(), 20, 0.2);
  EXPECT_NEAR(stats.accepted.max(), 2, 1e-9);
  EXPECT_LT(stats.Of(Outcome::kRefused).max(), 0.01);
}

TEST(LoadLoopTest, DoesNotKeepMoreCallsInFlightThanAllowed) {
  FakeTransport transport([](int64_t) { return Reply{1, {}, {}}; });
  const auto arrivals = OpenLoop::Constant(100);
  LoopOptions options;
  options.duration_seconds = 4;
  options.max_in_flight = 10;
  const LoadStats stats = RunLoop(options, *arrivals, transport);
  EXPECT_EQ(transport.most_in_flight, 10);
  EXPECT_EQ(stats.sent + stats.unsent, 400);
  EXPECT_NEAR(stats.sent, 40, 1);
}

}  // namespace
}  // namespace pixelclip
