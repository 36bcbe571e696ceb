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
    lost_.notify_all();
  }
  void OnEncoded(int replica, int batch_size, double seconds, const absl::Status& status) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    busy_seconds_ += seconds;
  }
  void OnDispatched(DispatchReason reason, int batch_size) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    dispatched_ += batch_size;
  }

  void AwaitLost(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    lost_.wait(lock, [&] { return causes_.size() >= count; });
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
  std::condition_variable lost_;
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

  // A replica that starts when another one has been lost.
  ReplicaPool::Replica Successor(size_t lost = 1) {
    return {std::ref(encoder_), [this, lost] { observer_.AwaitLost(lost); }, {}, {}};
  }

  // A replica that returns nothing, or an error.
  static ReplicaPool::Replica With(std::function<absl::Status()> outcome) {
    const auto encode = [outcome](const auto&, int) -> absl::StatusOr<std::vector<DenseFeatures>> {
      if (absl::Status status = outcome(); !status.ok()) return status;
      return std::vector<DenseFeatures>();
    };
    return {encode, {}, {}, {}};
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

TEST_F(ReplicaPoolTest, ItsThreadsHaveNames) {
  Begin(2);
  std::promise<std::string> second;
  ReplicaPool::Replica named = Replica();
  named.start = [&] {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    second.set_value(name);
  };
  StartPool({Replica(), named});
  EXPECT_EQ(second.get_future().get(), "replica-1");
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
  StartPool({With([] { return absl::OkStatus(); })});
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
    StartPool({With(deaths[i]), Successor(i + 1)});
    answers_.Await(static_cast<int>(2 * i + 2));
    EXPECT_EQ(answers_.Code(base), Code::kOk);
    EXPECT_EQ(answers_.Code(base + 1), Code::kOk);
    EXPECT_FALSE(batcher_->healthy(0));
    EXPECT_TRUE(batcher_->healthy(1));
    pool_.reset();
  }
}

TEST_F(ReplicaPoolTest, ADeviceThatSaysItIsDeadIsLost) {
  Begin(2);
  Submit({1, 2});
  ReplicaPool::Replica dead = With([] { return absl::InternalError("sticky error"); });
  dead.alive = [] { return false; };
  StartPool({dead, Successor()});
  answers_.Await(2);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
  EXPECT_THAT(observer_.causes(), ElementsAre(absl::InternalError("sticky error")));
}

TEST_F(ReplicaPoolTest, AReplicaLostWhileRunningAloneHandsBackTheRest) {
  Begin(2);
  Submit({1, 2, 3});
  int runs = 0;
  StartPool({With([&] { return ++runs == 1 ? absl::InternalError("bad") : absl::UnavailableError("lost"); }),
             Successor()});
  answers_.Await(3);
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kOk);
}

TEST_F(ReplicaPoolTest, ThrowingAtTheStartIsToBeLost) {
  Begin(2);
  ReplicaPool::Replica broken = Replica();
  broken.start = [] { throw std::runtime_error("no such device"); };
  StartPool({broken, Successor()});
  Submit({1});
  answers_.Await(1);
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_FALSE(batcher_->healthy(0));
}

TEST_F(ReplicaPoolTest, WithoutReplicasEverythingIsAnsweredUnavailable) {
  Submit({1, 2});
  Batcher::Reservation reserved = batcher_->Reserve(1, terms_).value();
  StartPool({With([] { return absl::UnavailableError("device lost"); })});
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

TEST_F(ReplicaPoolTest, AbortLetsTheRunningBatchEnd) {
  encoder_.Hold();
  Submit({1});
  StartPool({Replica()});
  encoder_.AwaitRuns(1);
  Submit({2, 3});
  batcher_->Abort();
  encoder_.Release();
  pool_.reset();
  EXPECT_EQ(answers_.Code(1), Code::kOk);
  EXPECT_EQ(answers_.Code(2), Code::kUnavailable);
  EXPECT_EQ(answers_.Code(3), Code::kUnavailable);
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
