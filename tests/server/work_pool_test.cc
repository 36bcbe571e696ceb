#include "server/work_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace pixelclip {
namespace {

TEST(WorkPool, FinishesBeforeItBegins) {
  std::vector<std::string> order;  // touched by the one worker only
  std::promise<void> posted;       // outlives the pool, whose first work may not have begun when all is posted
  {
    WorkPool pool(1);
    pool.Post(WorkPool::Lane::kBegin, [&] { posted.get_future().wait(); });
    pool.Post(WorkPool::Lane::kBegin, [&] { order.push_back("begin"); });
    pool.Post(WorkPool::Lane::kFinish, [&] { order.push_back("finish 1"); });
    pool.Post(WorkPool::Lane::kFinish, [&] { order.push_back("finish 2"); });
    posted.set_value();
  }
  EXPECT_THAT(order, ::testing::ElementsAre("finish 1", "finish 2", "begin"));
}

TEST(WorkPool, DoesAllThatWorkPostsBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkPool pool(3);
    for (int i = 0; i < 20; ++i) {
      pool.Post(WorkPool::Lane::kBegin, [&] {
        pool.Post(WorkPool::Lane::kFinish, [&] { ++done; });
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 40);
}

TEST(WorkPool, BeginsEachThreadAsItIsTold) {
  std::atomic<int> begun = 0;
  {
    WorkPool pool(3, [&] { ++begun; });
  }
  EXPECT_EQ(begun, 3);
}

TEST(WorkPool, LetsGoOfWorkThatIsDone) {
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  WorkPool pool(1);
  pool.Post(WorkPool::Lane::kBegin, [held = std::move(held)] {});
  std::promise<bool> gone;
  pool.Post(WorkPool::Lane::kBegin, [&] { gone.set_value(watched.expired()); });
  EXPECT_TRUE(gone.get_future().get());
}

}  // namespace
}  // namespace pixelclip
