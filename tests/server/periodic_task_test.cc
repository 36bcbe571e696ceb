#include "server/periodic_task.h"

#include <gtest/gtest.h>

#include <future>

namespace pixelclip {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(PeriodicTask, CallsAgainAndAgain) {
  std::promise<void> called_three_times;
  int calls = 0;
  PeriodicTask task(milliseconds(1), [&] {
    if (++calls == 3) called_three_times.set_value();
  });
  called_three_times.get_future().wait();
}

TEST(PeriodicTask, EndsWithoutWaitingForItsInterval) {
  PeriodicTask task(hours(24), [] { FAIL() << "the interval has not passed"; });
}

}  // namespace
}  // namespace pixelclip
