// What the loader's threads may do and when: held by gates instead of time.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/trainer/data/loader_testing.h"
#include "tests/trainer/data/puppet_source.h"
#include "trainer/data/example_loader.h"

namespace pixelclip {
namespace {

using testing::PuppetSource;
using testing::SmallSettings;
using testing::Take;

// Counts who came, and holds them until it is opened.
class Gate {
 public:
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }

  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

  void AwaitArrivals(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

  int arrived() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return arrived_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool is_open_ = false;
};

std::unique_ptr<ExampleLoader> Open(const PuppetSource& source, const LoaderSettings& settings) {
  return ExampleLoader::Make(&source, settings).value();
}

TEST(LoaderThreadsTest, MakesAheadAsFarAsItMay) {
  LoaderSettings settings = SmallSettings(2);
  settings.threads = 3;
  settings.prefetch_batches = 2;
  Gate reads;
  reads.Open();
  std::atomic<int> asked = 0;
  std::atomic<bool> went_too_far = false;
  PuppetSource source(30);
  source.on_read = [&] {
    reads.Pass();
    const int arrived = reads.arrived();
    if (arrived > 2 * (asked + 2)) went_too_far = true;
  };
  const auto loader = Open(source, settings);
  for (int step = 1; step <= 20; ++step) {
    reads.AwaitArrivals(2 * (step - 1 + 2));  // without being asked
    asked = step;
    Take(*loader, 1);
  }
  EXPECT_FALSE(went_too_far);
}

TEST(LoaderThreadsTest, ReadsWithAllItsThreads) {
  LoaderSettings settings = SmallSettings(8);
  settings.threads = 4;
  Gate reads;
  PuppetSource source(30);
  source.on_read = [&reads] { reads.Pass(); };
  const auto loader = Open(source, settings);
  reads.AwaitArrivals(4);  // none of them has left
  reads.Open();
  Take(*loader, 2);
}

TEST(LoaderThreadsTest, EndsAtOnceWhenNobodyAsks) {
  const PuppetSource source(30);
  for (int i = 0; i < 20; ++i) Open(source, SmallSettings(4));
}

TEST(LoaderThreadsTest, EndsBetweenBatches) {
  const PuppetSource source(30);
  for (int steps = 1; steps < 10; ++steps) Take(*Open(source, SmallSettings(4)), steps);
}

TEST(LoaderThreadsTest, EndsWithTheReadsThatHaveBegun) {
  LoaderSettings settings = SmallSettings(8);
  settings.threads = 3;
  Gate reads;
  PuppetSource source(30);
  source.on_read = [&reads] { reads.Pass(); };
  auto loader = Open(source, settings);
  reads.AwaitArrivals(3);
  std::thread end([&loader] { loader.reset(); });
  reads.Open();
  end.join();
  EXPECT_EQ(loader, nullptr);
}

TEST(LoaderThreadsTest, EndsAmongBadPictures) {
  PuppetSource source(1000);
  for (size_t i = 0; i < 1000; ++i) source.unreadable.insert(i);
  LoaderSettings settings = SmallSettings(4);
  settings.max_bad = 900;
  for (int i = 0; i < 20; ++i) Open(source, settings);
}

}  // namespace
}  // namespace pixelclip
