#include "server/idle_watch.h"

#include <gtest/gtest.h>

#include <chrono>

namespace pixelclip {
namespace {

using std::chrono::seconds;

TEST(IdleWatch, TellsOncePerPause) {
  IdleWatch watch;
  const IdleWatch::Clock::time_point visit = IdleWatch::Clock::time_point() + seconds(1000);
  EXPECT_FALSE(watch.BeginsPause(visit + IdleWatch::kPause - seconds(1), visit));
  EXPECT_TRUE(watch.BeginsPause(visit + IdleWatch::kPause, visit));
  EXPECT_FALSE(watch.BeginsPause(visit + 2 * IdleWatch::kPause, visit));

  const IdleWatch::Clock::time_point next = visit + 2 * IdleWatch::kPause;
  EXPECT_FALSE(watch.BeginsPause(next + seconds(1), next));
  EXPECT_TRUE(watch.BeginsPause(next + IdleWatch::kPause, next));
}

TEST(IdleWatch, TheTimeBeforeTheFirstCallIsAPause) {
  IdleWatch watch;
  EXPECT_TRUE(watch.BeginsPause(IdleWatch::Clock::time_point() + IdleWatch::kPause, {}));
  EXPECT_FALSE(watch.BeginsPause(IdleWatch::Clock::time_point() + 2 * IdleWatch::kPause, {}));
}

}  // namespace
}  // namespace pixelclip
