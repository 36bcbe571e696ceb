#include "server/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pixelclip {
namespace {

TEST(Worker, RunsEverythingOnOneThreadOfItsOwn) {
  Worker worker;
  std::vector<std::thread::id> threads;  // touched by the worker's thread only, until all have ended
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) worker.Run([&] { threads.push_back(std::this_thread::get_id()); });
    });
  }
  for (std::thread& caller : callers) caller.join();
  ASSERT_EQ(threads.size(), 400u);
  EXPECT_THAT(threads, ::testing::Each(threads.front()));
  EXPECT_NE(threads.front(), std::this_thread::get_id());
}

TEST(Worker, RunReturnsAfterTheWork) {
  Worker worker;
  int value = 0;
  worker.Run([&] { value = 1; });
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace pixelclip
