#include "core/text/embedding_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;

TEST(EmbeddingCache, FindsWhatWasInserted) {
  EmbeddingCache cache(1 << 20);
  std::vector<float> embedding;
  EXPECT_FALSE(cache.Find("dog", &embedding));
  cache.Insert("dog", {1, 2});
  cache.Insert("dog", {3, 4});  // there already
  ASSERT_TRUE(cache.Find("dog", &embedding));
  EXPECT_THAT(embedding, ElementsAre(1, 2));
  EXPECT_EQ(cache.stats().hits, 1);
  EXPECT_EQ(cache.stats().misses, 1);
}

TEST(EmbeddingCache, DropsTheLeastRecentlyUsed) {
  EmbeddingCache cache(2000);
  const std::vector<float> embedding(200);  // 800 bytes and some
  cache.Insert("a", embedding);
  cache.Insert("b", embedding);
  std::vector<float> found;
  EXPECT_TRUE(cache.Find("a", &found));
  cache.Insert("c", embedding);
  EXPECT_TRUE(cache.Find("a", &found));
  EXPECT_FALSE(cache.Find("b", &found));
  EXPECT_TRUE(cache.Find("c", &found));
  EXPECT_EQ(cache.stats().evictions, 1);
  EXPECT_LE(cache.stats().bytes, 2000u);
}

TEST(EmbeddingCache, KeepsNothingThatIsTooLarge) {
  EmbeddingCache off(0);
  off.Insert("dog", {1});
  std::vector<float> found;
  EXPECT_FALSE(off.Find("dog", &found));
  EXPECT_EQ(off.stats().bytes, 0u);
}

TEST(EmbeddingCache, IsSharedByThreads) {
  EmbeddingCache cache(20000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      std::vector<float> found;
      for (int i = 0; i < 2000; ++i) {
        const std::string text = std::to_string(i % 100);
        if (cache.Find(text, &found)) {
          EXPECT_EQ(found.front(), static_cast<float>(i % 100));
        } else {
          cache.Insert(text, std::vector<float>(64, static_cast<float>(i % 100)));
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
