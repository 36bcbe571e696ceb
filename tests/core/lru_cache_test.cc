#include "core/lru_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

std::shared_ptr<const int> Value(int value) { return std::make_shared<const int>(value); }

TEST(LruCache, FindsWhatWasInserted) {
  LruCache<int> cache(1 << 20);
  EXPECT_EQ(cache.Find("dog"), nullptr);
  cache.Insert("dog", Value(1), 8);
  cache.Insert("dog", Value(2), 8);  // there already
  ASSERT_NE(cache.Find("dog"), nullptr);
  EXPECT_EQ(*cache.Find("dog"), 1);
  EXPECT_EQ(cache.stats().hits, 2);
  EXPECT_EQ(cache.stats().misses, 2);
}

TEST(LruCache, DropsTheLeastRecentlyUsed) {
  LruCache<int> cache(2500);
  cache.Insert("a", Value(1), 800);
  cache.Insert("b", Value(2), 800);
  const auto held = cache.Find("b");
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Insert("c", Value(3), 800);
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("c"), nullptr);
  EXPECT_EQ(*held, 2) << "lives on in the hands of its user";
  EXPECT_EQ(cache.stats().evictions, 1);
  EXPECT_LE(cache.stats().bytes, 2500u);

  cache.Insert("all", Value(4), 2200);
  EXPECT_EQ(cache.stats().evictions, 3) << "as many as it takes";
  EXPECT_NE(cache.Find("all"), nullptr);
}

TEST(LruCache, KeepsNothingThatIsTooLarge) {
  LruCache<int> cache(1000);
  cache.Insert("small", Value(1), 8);
  cache.Insert("large", Value(2), 1000);
  EXPECT_EQ(cache.Find("large"), nullptr);
  EXPECT_NE(cache.Find("small"), nullptr);

  LruCache<int> off(0);
  off.Insert("dog", Value(1), 0);
  EXPECT_EQ(off.Find("dog"), nullptr);
  EXPECT_EQ(off.stats().bytes, 0u);
}

TEST(LruCache, IsSharedByThreads) {
  LruCache<int> cache(20000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      for (int i = 0; i < 2000; ++i) {
        const std::string key = std::to_string(i % 100);
        if (const auto found = cache.Find(key)) {
          EXPECT_EQ(*found, i % 100);
        } else {
          cache.Insert(key, Value(i % 100), 100);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.stats().bytes, 20000u);
  EXPECT_EQ(cache.stats().hits + cache.stats().misses, 8000);
}

}  // namespace
}  // namespace pixelclip
