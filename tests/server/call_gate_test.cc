#include "server/call_gate.h"

#include <gtest/gtest.h>

#include <thread>

namespace pixelclip {
namespace {

constexpr auto kNow = CallGate::Clock::time_point::min();

TEST(CallGate, LetsNobodyInOnceItIsClosed) {
  CallGate gate;
  EXPECT_TRUE(gate.Enter());
  gate.Leave();
  gate.CloseAndWait(kNow);
  EXPECT_FALSE(gate.Enter());
}

TEST(CallGate, WaitsForThoseWhoAreInside) {
  CallGate gate;
  ASSERT_TRUE(gate.Enter());
  bool left = false;
  std::thread visitor([&] {
    while (gate.Enter()) gate.Leave();  // until it is closed
    left = true;
    gate.Leave();
  });
  gate.CloseAndWait(CallGate::Clock::time_point::max());
  EXPECT_TRUE(left);
  visitor.join();
}

TEST(CallGate, WaitsNoLongerThanItMay) {
  CallGate gate;
  ASSERT_TRUE(gate.Enter());
  gate.CloseAndWait(kNow);
  gate.Leave();
}

TEST(CallGate, TellsThoseWhoWatchItOnce) {
  CallGate gate;
  int told = 0;
  const auto watch = gate.Watch([&] {
    EXPECT_FALSE(gate.Enter()) << "it is closed, and not locked";
    ++told;
  });
  const auto given_up = gate.Watch([&] { ADD_FAILURE(); });
  ASSERT_TRUE(watch && given_up);
  EXPECT_TRUE(gate.Unwatch(*given_up));
  EXPECT_FALSE(gate.Unwatch(*given_up));
  gate.CloseAndWait(kNow);
  gate.CloseAndWait(kNow);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(gate.Unwatch(*watch));
  EXPECT_FALSE(gate.Watch([] {}).has_value());
}

TEST(CallGate, KnowsTheLastVisit) {
  CallGate gate;
  EXPECT_EQ(gate.last_visit(), CallGate::Clock::time_point());
  const auto begun = CallGate::Clock::now();
  gate.Enter();
  const auto entered = gate.last_visit();
  EXPECT_GE(entered, begun);
  gate.Leave();
  EXPECT_GE(gate.last_visit(), entered);
}

}  // namespace
}  // namespace pixelclip
