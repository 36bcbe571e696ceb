#include "core/text/embedding_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Texts = std::vector<std::string>;

// Stands in for the text encoder: a text's embedding is its length. It counts what it embeds.
class PuppetEncoder {
 public:
  // What one Get of `texts` hands to the cache; `before` runs first and may fail.
  EmbeddingCache::Embed For(const Texts& texts, std::function<absl::Status()> before = nullptr) {
    return
        [this, texts, before](const std::vector<size_t>& indices) -> absl::StatusOr<std::vector<Embedding>> {
          if (before) {
            if (absl::Status status = before(); !status.ok()) return status;
          }
          const std::lock_guard<std::mutex> lock(mutex_);
          std::vector<Embedding> embeddings;
          for (const size_t index : indices) {
            ++runs_[texts[index]];
            embeddings.push_back(
                std::make_shared<const std::vector<float>>(1, static_cast<float>(texts[index].size())));
          }
          return embeddings;
        };
  }

  // How often each text was embedded.
  std::map<std::string, int> runs() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return runs_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> runs_;  // guarded by mutex_
};

class EmbeddingCacheTest : public ::testing::Test {
 protected:
  absl::Status Get(const Texts& texts, std::function<absl::Status()> before = nullptr) {
    const auto embeddings = cache_.Get(texts, encoder_.For(texts, std::move(before)));
    if (!embeddings.ok()) return embeddings.status();
    EXPECT_EQ(embeddings->size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ((*embeddings)[i]->front(), static_cast<float>(texts[i].size())) << texts[i];
    }
    return absl::OkStatus();
  }

  // A call on a thread of its own.
  std::future<absl::Status> Start(const Texts& texts, std::function<absl::Status()> before = nullptr) {
    return std::async(std::launch::async,
                      [this, texts, before = std::move(before)] { return Get(texts, before); });
  }

  // A call that is inside the encoder when this returns, and leaves it with `result`.
  std::future<absl::Status> StartInEncoder(const Texts& texts, std::shared_future<absl::Status> result) {
    std::promise<void> inside;
    auto call = Start(texts, [&inside, result] {
      inside.set_value();
      return result.get();
    });
    inside.get_future().wait();
    return call;
  }

  // Returns once so many texts have been waited for.
  void AwaitWaits(int64_t count) const {
    while (cache_.waits() < count) std::this_thread::yield();
  }

  EmbeddingCache cache_{1 << 20};
  PuppetEncoder encoder_;
};

TEST_F(EmbeddingCacheTest, EmbedsWhatItDoesNotKnow) {
  EXPECT_TRUE(Get({}).ok());
  EXPECT_TRUE(Get({"a", "bb"}).ok());
  EXPECT_TRUE(Get({"ccc", "bb", "a", "dddd"}).ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1), Pair("bb", 1), Pair("ccc", 1), Pair("dddd", 1)));
  EXPECT_EQ(cache_.stats().hits, 2);
  EXPECT_EQ(cache_.stats().misses, 4);
  EXPECT_EQ(cache_.waits(), 0);
}

TEST_F(EmbeddingCacheTest, EmbedsATextThatIsThereTwiceOnce) {
  EXPECT_TRUE(Get({"a", "bb", "a"}).ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1), Pair("bb", 1)));
}

TEST_F(EmbeddingCacheTest, OneEmbedsForAllWhoWait) {
  std::promise<absl::Status> result;
  auto first = StartInEncoder({"a", "bb"}, result.get_future().share());
  std::vector<std::future<absl::Status>> others;
  for (int i = 0; i < 4; ++i) others.push_back(Start({"bb", "a"}));
  AwaitWaits(8);
  result.set_value(absl::OkStatus());
  EXPECT_TRUE(first.get().ok());
  for (auto& other : others) EXPECT_TRUE(other.get().ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1), Pair("bb", 1)));
}

TEST_F(EmbeddingCacheTest, WaitersAreServedByACacheThatKeepsNothing) {
  EmbeddingCache off(0);
  std::promise<void> inside, result;
  const auto first = std::async(std::launch::async, [&] {
    return off.Get({"a"}, encoder_.For({"a"}, [&] {
      inside.set_value();
      result.get_future().wait();
      return absl::OkStatus();
    }));
  });
  inside.get_future().wait();
  auto second = std::async(std::launch::async, [&] { return off.Get({"a"}, encoder_.For({"a"})); });
  while (off.waits() < 1) std::this_thread::yield();
  result.set_value();
  EXPECT_THAT(*second.get()->front(), ElementsAre(1));
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1)));
}

TEST_F(EmbeddingCacheTest, OtherTextsDoNotWait) {
  std::promise<absl::Status> result;
  auto first = StartInEncoder({"a"}, result.get_future().share());
  EXPECT_TRUE(Get({"bb"}).ok());
  // Neither does what this caller embeds itself: others get it while it still waits for "a".
  auto mixed = Start({"a", "ccc"});
  AwaitWaits(1);
  EXPECT_TRUE(Get({"ccc"}).ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("bb", 1), Pair("ccc", 1)));
  result.set_value(absl::OkStatus());
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(mixed.get().ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1), Pair("bb", 1), Pair("ccc", 1)));
}

TEST_F(EmbeddingCacheTest, AFailureIsOnlyItsCallers) {
  std::promise<absl::Status> result;
  auto first = StartInEncoder({"a", "bb"}, result.get_future().share());
  auto second = Start({"a"});
  auto third = Start({"a", "bb"});
  AwaitWaits(3);
  result.set_value(absl::ResourceExhaustedError("out of memory"));
  EXPECT_EQ(first.get().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(third.get().ok());
  EXPECT_THAT(encoder_.runs(), ElementsAre(Pair("a", 1), Pair("bb", 1)));
}

TEST_F(EmbeddingCacheTest, EachGetsItsOwnErrorWhenAllFail) {
  std::promise<absl::Status> result;
  const auto fail = [] { return absl::InternalError("broken"); };
  auto first = StartInEncoder({"a"}, result.get_future().share());
  auto second = Start({"a"}, fail);
  auto third = Start({"a"}, fail);
  AwaitWaits(2);
  result.set_value(absl::ResourceExhaustedError("out of memory"));
  EXPECT_EQ(first.get().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(second.get().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(third.get().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(Get({"a"}).ok()) << "nothing of it stays";
}

TEST_F(EmbeddingCacheTest, AnExceptionLeavesNobodyWaiting) {
  std::promise<absl::Status> result;
  auto first = StartInEncoder({"a"}, result.get_future().share());
  auto second = Start({"a"});
  AwaitWaits(1);
  result.set_exception(std::make_exception_ptr(std::runtime_error("thrown")));
  EXPECT_THROW(first.get(), std::runtime_error);
  EXPECT_TRUE(second.get().ok());
}

TEST_F(EmbeddingCacheTest, CallersWithOverlappingTextsDoNotBlockEachOther) {
  std::vector<std::future<absl::Status>> calls;
  for (int caller = 0; caller < 6; ++caller) {
    calls.push_back(std::async(std::launch::async, [this, caller] {
      for (int i = 0; i < 300; ++i) {
        // Each list shares texts with the next callers', in another order, and some calls fail.
        Texts texts;
        for (int k = 0; k < 5; ++k) texts.push_back(std::to_string(i + (caller * 7 + k * 3) % 11));
        const bool fails = (i + caller) % 5 == 0;
        const absl::Status status =
            Get(texts, [fails] { return fails ? absl::InternalError("broken") : absl::OkStatus(); });
        if (!fails && !status.ok()) return status;
      }
      return absl::OkStatus();
    }));
  }
  for (auto& call : calls) EXPECT_TRUE(call.get().ok());
  for (const auto& [text, runs] : encoder_.runs()) EXPECT_EQ(runs, 1) << text;
}

}  // namespace
}  // namespace pixelclip
