#include "server/replica_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing/answers.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/puppet_encoder.h"

namespace pixelclip {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using Code = absl::StatusCode;
using Values = testing::PuppetEncoder::Values;

constexpr InputShape kShape = {1, 1};

class Observer : public BatchObserver {
 public:
  void OnLost(const absl::Status& cause) {
    const std::lock_guard<std::mutex> lock(mutex_);
    causes_.push_back(cause);
  }
  void OnEncoded(int replica, int batch_size, double seconds, const absl::Status& status) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    busy_seconds_ += seconds;
  }
  void OnDispatched(DispatchReason reason, int batch_size) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    dispatched_ += batch_size;
  }

  std::vector<absl::Status> causes() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return causes_;
  }
  double busy_seconds() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return busy_seconds_;
  }
  int dispatched() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return dispatched_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<absl::Status> causes_;  // guarded by mutex_
  double busy_seconds_ = 0;           // guarded by mutex_
  int dispatched_ = 0;                // guarded by mutex_
};

// Tasks that are submitted before the pool starts make one batch.
class ReplicaPoolTest : public ::testing::Test {
 protected:
  void SetUp() override { Begin(1); }

  void Begin(int replicas) {
    Batcher::Options options;
    options.max_delay = Clock::Duration::zero();  // nobody moves the clock
    batcher_ = std::make_unique<Batcher>(options, replicas, clock_, observer_);
    for (int run = 0; run < 3; ++run) {  // so that batches may have any size
      for (const int items : {1, 4, 16}) {
        for (const int share : {1, 2, 3}) batcher_->Measured(kShape, share, items, 0.010 + 0.001 * items);
      }
    }
  }

  void Submit(const std::vector<int>& numbers) {
    Batcher::Reservation reservation = batcher_->Reserve(static_cast<int>(numbers.size()), terms_).value();
    for (const int number : numbers) batcher_->Submit(reservation, answers_.Task(number));
  }

  ReplicaPool::Replica Replica() { return {std::ref(encoder_), {}, {}, {}}; }

  // Of all replicas' runs the first ends like this, and the others well.
  void OnFirstRun(std::function<absl::Status()> outcome) {
    const auto first = std::make_shared<std::atomic<bool>>(true);
    encoder_.OnRun([=](const Values&) { return first->exchange(false) ? outcome() : absl::OkStatus(); });
  }

  // Replicas with a limit of a minute. Of all their runs the first hangs, until the test ends or longer.
  std::vector<ReplicaPool::Replica> Hanging(size_t replicas) {
    const auto first = std::make_shared<std::atomic<bool>>(true);
    ReplicaPool::Replica replica;
    replica.encode = [first, released = released_](const std::vector<NetworkInput>& inputs, int) {
      if (first->exchange(false)) released.wait();
      std::vector<DenseFeatures> features;
      for (const NetworkInput& input : inputs) features.push_back({1, 1, 1, input.values});
      return features;
    };
    replica.limit = std::chrono::minutes(1);
    return std::vector<ReplicaPool::Replica>(replicas, replica);
  }

  void StartPool(std::vector<ReplicaPool::Replica> replicas) {
    for (ReplicaPool::Replica& replica : replicas)
      replica.lost = [this](const absl::Status& cause) { observer_.OnLost(cause); };
    pool_ = std::make_unique<ReplicaPool>(*batcher_, std::move(replicas), clock_, observer_);
  }

  testing::FakeClock clock_;
  Observer observer_;
  testing::Answers answers_;
  testing::PuppetEncoder encoder_;
  CallTerms terms_ = [] {
    CallTerms terms;
    terms.shape = kShape;
    return terms;
  }();
  std::unique_ptr<Batcher> batcher_;
  std::unique_ptr<ReplicaPool> pool_;
  std::promise<void> release_;
  const std::shared_future<void> released_ = release_.get_future().share();
};

TEST_F(ReplicaPoolTest, EncodesABatchAndAnswersEachTask) {
  encoder_.OnRun([&](const Values&) {
    clock_.Advance(0.25);
    return absl::OkStatus();
  });
  Submit({1, 2, 3});
  clock_.Advance(0.5);
  StartPool({Replica()});
  answers_.Await(3);
  EXPECT_THAT(encoder_.batches(), ElementsAre(ElementsAre(1, 2, 3)));
  for (const int number : {1, 2, 3}) {
    ASSERT_EQ(answers_.Code(number), Code::kOk);
    const testing::Answers::Answer answer = answers_.Of(number)[0];
    EXPECT_EQ(answer.value, number);
    EXPECT_DOUBLE_EQ(answer.times.queue_seconds, 0.5);
    EXPECT_DOUBLE_EQ(answer.times.encoder_seconds, 0.25);
    EXPECT_EQ(answer.times.batch_size, 3);
    EXPECT_EQ(answer.times.reason, DispatchReason::kIdle);
  }
  EXPECT_DOUBLE_EQ(observer_.busy_seconds(), 0.25);
}

TEST_F(ReplicaPoolTest, ThreadsThatEncodeHaveNames) {
  std::string name(16, '\0');
  encoder_.OnRun([&](const Values&) {
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return absl::OkStatus();
  });
  ReplicaPool::Replica replica = Replica();
  Submit({1});
  StartPool({replica});
  answers_.Await(1);
  EXPECT_STREQ(name.c_str(), "replica-0");
  pool_.reset();

  Begin(1);
  replica.limit = std::chrono::minutes(1);
  Submit({2});
  StartPool({replica});
  answers_.Await(2);
  EXPECT_STREQ(name.c_str(), "device-0");
}

TEST_F(ReplicaPoolTest, OneBadItemDoesNotFailItsBatch) {
  encoder_.OnRun([](const Values& values) {
    for (const float value : values) {
      if (value == 2) return absl::InternalError("bad item");
    }
    return absl::OkStatus();
  });
  Submit({1, 2, 3});
  StartPool({Replica()});
  answers_.Await(3);
  EXPECT_THAT(encoder_.batches(),
              ElementsAre(ElementsAre(1, 2, 3), ElementsAre(1), ElementsAre(2), ElementsAre(3)));
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(answers_.Code(2), Code::kInternal);
  EXPECT_EQ(answers_.Of(2)[0].status.message(), "bad item");
  EXPECT_EQ(answers_.Code(3), Code::kOk);
  EXPECT_EQ(answers_.Of(3)[0].times.batch_size, 1);
  EXPECT_EQ(answers_.Of(3)[0].times.reason, DispatchReason::kAlone);
}

TEST_F(ReplicaPoolTest, OutOfMemoryRunsOneByOneAndMakesSmallerBatches) {
  encoder_.OnRun([&](const Values& values) {
    clock_.Advance(0.010 + 0.001 * values.size());
    const bool too_much = values.size() > 2 || values[0] == 9;
    return too_much ? absl::ResourceExhaustedError("out of memory") : absl::OkStatus();
  });
  Submit({1, 2, 3, 9});
  StartPool({Replica()});
  answers_.Await(4);
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kOk);
  EXPECT_EQ(answers_.Code(9), Code::kResourceExhausted);

  encoder_.Hold();
  Submit({4});
  encoder_.AwaitRuns(6);
  Submit({5, 6, 7});
  encoder_.Release();
  answers_.Await(8);
  EXPECT_THAT(encoder_.batches(), Contains(ElementsAre(5, 6)));
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
}

TEST_F(ReplicaPoolTest, ItemsRunAloneAreDroppedIfNobodyWaitsAnyMore) {
  encoder_.OnRun([&](const Values& values) {
    clock_.Advance(1);
    return values.size() > 1 ? absl::InternalError("bad batch") : absl::OkStatus();
  });
  terms_.deadline = clock_.Now() + FromSeconds(1.5);
  Submit({1, 2});
  StartPool({Replica()});
  answers_.Await(2);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(answers_.Code(2), Code::kDeadlineExceeded);
  EXPECT_THAT(encoder_.batches(), ElementsAre(ElementsAre(1, 2), ElementsAre(1)));
}

TEST_F(ReplicaPoolTest, AWrongNumberOfResultsIsAnError) {
  Submit({1});
  const auto none = [](const auto&, int) { return std::vector<DenseFeatures>(); };
  StartPool({{none, {}, {}, {}}});
  answers_.Await(1);
  EXPECT_EQ(answers_.Code(1), Code::kInternal);
}

TEST_F(ReplicaPoolTest, OthersTakeOverFromALostReplica) {
  const std::vector<std::function<absl::Status()>> deaths = {
      [] { return absl::UnavailableError("device lost"); },
      []() -> absl::Status { throw std::runtime_error("device lost"); },
      []() -> absl::Status { throw 1; },
  };
  for (size_t i = 0; i < deaths.size(); ++i) {
    Begin(2);
    const int base = static_cast<int>(10 * i);
    Submit({base, base + 1});
    OnFirstRun(deaths[i]);
    StartPool({Replica(), Replica()});
    answers_.Await(static_cast<int>(2 * i + 2));
    EXPECT_EQ(answers_.Code(base), Code::kOk);
    EXPECT_EQ(answers_.Code(base + 1), Code::kOk);
    EXPECT_NE(batcher_->healthy(0), batcher_->healthy(1));
    pool_.reset();
  }
}

TEST_F(ReplicaPoolTest, ADeviceThatSaysItIsDeadIsLost) {
  Begin(2);
  Submit({1, 2});
  OnFirstRun([] { return absl::InternalError("sticky error"); });
  ReplicaPool::Replica replica = Replica();
  replica.alive = [] { return false; };
  StartPool({replica, replica});
  answers_.Await(2);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
  EXPECT_THAT(observer_.causes(), ElementsAre(absl::InternalError("sticky error")));
}

TEST_F(ReplicaPoolTest, AReplicaLostWhileRunningAloneHandsBackTheRest) {
  Begin(2);
  Submit({1, 2, 3});
  std::atomic<int> runs = 0;
  encoder_.OnRun([&](const Values&) {
    const int run = ++runs;
    return run == 1   ? absl::InternalError("bad")
           : run == 2 ? absl::UnavailableError("lost")
                      : absl::OkStatus();
  });
  StartPool({Replica(), Replica()});
  answers_.Await(3);
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
}

TEST_F(ReplicaPoolTest, OthersTakeOverFromADeviceThatHangs) {
  Begin(2);
  Submit({1, 2});
  StartPool(Hanging(2));
  EXPECT_DOUBLE_EQ(clock_.AwaitWait(0), 60);
  clock_.Advance(59);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 2);
  clock_.Advance(1);
  answers_.Await(2);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(answers_.Code(2), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
  release_.set_value();  // too late
  Submit({3});
  answers_.Await(3);
  EXPECT_EQ(answers_.Code(3), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
  pool_.reset();
  EXPECT_EQ(answers_.count(), 3);
  EXPECT_THAT(observer_.causes(),
              ElementsAre(absl::UnavailableError("the device has not answered for 60 s: it hangs")));
}

TEST_F(ReplicaPoolTest, WhatWaitedForADeviceThatHangsIsEncodedOnlyIfSomebodyWaitsYet) {
  Begin(2);
  terms_.deadline = clock_.Now() + std::chrono::seconds(30);
  Submit({1});
  StartPool(Hanging(2));
  clock_.AwaitWait(0);
  clock_.Advance(60);
  answers_.Await(1);
  EXPECT_EQ(answers_.Code(1), Code::kDeadlineExceeded);
}

TEST_F(ReplicaPoolTest, TheEndDoesNotWaitForADeviceThatHangs) {
  Submit({1});
  StartPool(Hanging(1));
  clock_.AwaitWait(0);
  Submit({2});
  clock_.Advance(60);
  pool_.reset();
  EXPECT_EQ(answers_.Code(1), Code::kUnavailable);
  EXPECT_EQ(answers_.Code(2), Code::kUnavailable);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 0);
}

TEST_F(ReplicaPoolTest, ADeviceMayHangWhereItIsAskedWhetherItIsAlive) {
  Begin(2);
  Submit({1});
  OnFirstRun([] { return absl::InternalError("bad"); });
  ReplicaPool::Replica replica = Replica();
  replica.limit = std::chrono::minutes(1);
  replica.alive = [released = released_] {
    released.wait();
    return true;
  };
  StartPool({replica, replica});
  clock_.AwaitWait(1);
  clock_.Advance(60);
  answers_.Await(1);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_THAT(observer_.causes(), ElementsAre(absl::InternalError("bad")));
}

TEST_F(ReplicaPoolTest, WithoutReplicasEverythingIsAnsweredUnavailable) {
  Submit({1, 2});
  Batcher::Reservation reserved = batcher_->Reserve(1, terms_).value();
  OnFirstRun([] { return absl::UnavailableError("device lost"); });
  StartPool({Replica()});
  answers_.Await(2);
  batcher_->Submit(reserved, answers_.Task(3));
  answers_.Await(3);
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kUnavailable);
  EXPECT_EQ(batcher_->Reserve(1, terms_).status().code(), Code::kUnavailable);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 0);
}

TEST_F(ReplicaPoolTest, ATaskThatTookTwoReplicasDownGetsNoThird) {
  Begin(3);
  encoder_.OnRun([](const Values& values) -> absl::Status {
    for (const float value : values) {
      if (value == 1) throw std::runtime_error("poison");
    }
    return absl::OkStatus();
  });
  Submit({1});
  StartPool({Replica(), Replica(), Replica()});
  answers_.Await(1);
  EXPECT_EQ(answers_.Code(1), Code::kUnavailable);
  Submit({2});
  answers_.Await(2);
  EXPECT_EQ(answers_.Code(2), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
}

TEST_F(ReplicaPoolTest, TheEndWaitsForWhatWasAccepted) {
  encoder_.Hold();
  Submit({1});
  StartPool({Replica()});
  encoder_.AwaitRuns(1);
  Submit({2, 3});
  batcher_->Close();
  encoder_.Release();
  pool_.reset();
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kOk);
  EXPECT_EQ(answers_.Of(2)[0].times.reason, DispatchReason::kDrained);
}

// On the real clock: many callers, three replicas of which one is lost, bad items, deadlines, callers that
// leave.
TEST(ReplicaPoolStress, EveryTaskIsAnsweredOnce) {
  constexpr int kCallers = 6;
  constexpr int kCallsOfEach = 150;
  constexpr int kTasksOfCall = 3;
  SteadyClock clock;
  Observer observer;
  testing::Answers answers;
  Batcher::Options options;
  options.max_batch = 4;
  options.capacity = 24;
  options.ageing = std::chrono::milliseconds(1);
  Batcher batcher(options, 3, clock, observer);
  for (int run = 0; run < 3; ++run) {  // delays are predicted to pay
    batcher.Measured(kShape, /*share=*/1, 1, 0.0011);
    batcher.Measured(kShape, /*share=*/1, 4, 0.0014);
  }
  testing::PuppetEncoder encoder;
  encoder.OnRun([](const Values& values) {
    for (const float value : values) {
      if (static_cast<int>(value) % 41 == 0) return absl::InternalError("bad item");
    }
    return values.size() == 4 ? absl::ResourceExhaustedError("out of memory") : absl::OkStatus();
  });
  std::atomic<int> runs{0};
  const ReplicaPool::Replica sound = {std::ref(encoder), {}, {}, {}};
  const ReplicaPool::Replica mortal = {
      [&](const std::vector<NetworkInput>& inputs, int share) -> absl::StatusOr<std::vector<DenseFeatures>> {
        if (++runs > 20) return absl::UnavailableError("lost");
        return encoder(inputs, share);
      },
      {},
      {},
      {}};
  std::atomic<int> submitted{0};
  {
    ReplicaPool pool(batcher, {sound, mortal, sound}, clock, observer);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < kCallsOfEach; ++i) {
          const int number = (caller * kCallsOfEach + i) * kTasksOfCall;
          CallTerms terms;
          terms.shape = kShape;
          terms.call = caller;
          terms.priority = static_cast<Priority>(i % 3);
          if (i % 4 == 0) terms.deadline = clock.Now() + std::chrono::milliseconds(5);
          absl::StatusOr<Batcher::Reservation> reservation = batcher.Reserve(kTasksOfCall, terms);
          while (absl::IsResourceExhausted(reservation.status())) {
            std::this_thread::yield();
            reservation = batcher.Reserve(kTasksOfCall, terms);
          }
          if (!reservation.ok()) continue;  // too late
          const int used = i % 7 == 0 ? kTasksOfCall - 1 : kTasksOfCall;
          for (int task = 0; task < used; ++task) {
            batcher.Submit(*reservation, answers.Task(number + task, [=] { return i % 11 == task; }));
          }
          submitted += used;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(answers.count(), submitted);
  for (int number = 0; number < kCallers * kCallsOfEach * kTasksOfCall; ++number) {
    EXPECT_LE(answers.Of(number).size(), 1u) << number;
  }
  const Batcher::Snapshot end = batcher.snapshot();
  EXPECT_EQ(end.reserved + end.queued + end.running, 0);
}

}  // namespace
}  // namespace pixelclip
