#include "server/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "server/retry_after.h"
#include "tests/testing/batcher_fixture.h"

namespace pixelclip {
namespace {

using testing::BatcherTest;
using ::testing::ElementsAre;
using testing::kShape;
using ::testing::Optional;
using Code = absl::StatusCode;

// Admission.

TEST_F(BatcherTest, RefusesAtOnceWhenFull) {
  Batcher::Options options;
  options.capacity = 4;
  Start(options);
  Keep(3, Terms());
  const absl::Status status = TryReserve(2, Terms());
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(RetryAfterMillis(status), Optional(10));
  Keep(1, Terms());
  EXPECT_EQ(TryReserve(1, Terms()).code(), Code::kResourceExhausted);
}

TEST_F(BatcherTest, ADroppedReservationGivesItsPlacesBack) {
  Batcher::Options options;
  options.capacity = 4;
  Start(options);
  { const auto dropped = batcher_->Reserve(4, Terms()); }
  Batcher::Reservation& half_used = Keep(4, Terms());
  batcher_->Submit(half_used, answers_.Task(1));
  half_used.Release();
  EXPECT_EQ(half_used.left(), 0);
  EXPECT_TRUE(TryReserve(3, Terms()).ok());
  EXPECT_FALSE(TryReserve(4, Terms()).ok());
}

TEST_F(BatcherTest, TakingABatchMakesRoom) {
  Batcher::Options options;
  options.capacity = options.max_batch = 2;
  Start(options);
  Submit({1, 2}, Terms());
  EXPECT_FALSE(TryReserve(1, Terms()).ok());
  std::optional<Batch> batch = batcher_->Take(0);
  EXPECT_TRUE(TryReserve(2, Terms()).ok());
  Finish(std::move(*batch));
}

TEST_F(BatcherTest, ACallWithAWindowTakesNoMorePlaces) {
  Batcher::Options options;
  options.capacity = 4;
  Start(options);
  CallTerms tiles = Terms(1);
  tiles.window = 3;
  Batcher::Reservation& thousand = Keep(1000, tiles);
  EXPECT_TRUE(TryReserve(1, Terms()).ok());
  EXPECT_FALSE(TryReserve(2, Terms()).ok());
  for (int round = 0; round < 333; ++round) {
    for (int i = 0; i < 3; ++i) batcher_->Submit(thousand, answers_.Task(3 * round + i));
    EXPECT_EQ(TakeNumbers().size(), 3u);
  }
  EXPECT_TRUE(TryReserve(3, Terms()).ok());
}

TEST_F(BatcherTest, ACallThatCanNeverFitIsToldSo) {
  Batcher::Options options;
  options.capacity = 4;
  Start(options);
  const absl::Status status = TryReserve(5, Terms());
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("5 pictures or tiles; the server's queue holds 4"));
  EXPECT_THAT(RetryAfterMillis(status), Optional(-1));
}

TEST_F(BatcherTest, TheLimitIsExactUnderConcurrentReservers) {
  Batcher::Options options;
  options.capacity = 100;
  Start(options);
  std::atomic<int> places{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      std::vector<Batcher::Reservation> mine;
      for (int j = 0; j < 200; ++j) {
        const int count = 1 + (i + j) % 3;
        absl::StatusOr<Batcher::Reservation> reservation = batcher_->Reserve(count, Terms());
        if (reservation.ok()) {
          EXPECT_LE(places += count, 100);
          mine.push_back(std::move(*reservation));
        } else if (!mine.empty()) {
          places -= mine.back().left();
          mine.pop_back();
        }
      }
      for (const Batcher::Reservation& reservation : mine) places -= reservation.left();
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(batcher_->snapshot().reserved, 0);
  EXPECT_TRUE(TryReserve(100, Terms()).ok());
}

TEST_F(BatcherTest, RefusesADeadlineThatHasPassed) {
  const absl::Status status = TryReserve(1, DueIn(0));
  EXPECT_EQ(status.code(), Code::kDeadlineExceeded);
  EXPECT_THAT(RetryAfterMillis(status), Optional(-1));
}

TEST_F(BatcherTest, RefusesWhatCannotBeDoneInTime) {
  Teach(0.1, 0);
  Submit({1, 2, 3}, Terms(1));
  Submit({4, 5}, Terms(2));
  Keep(1, Terms(3));
  // Of each call one task goes first: 0.3 s, then its own 0.1 s.
  EXPECT_TRUE(TryReserve(1, DueIn(0.401)).ok());
  const absl::Status status = TryReserve(1, DueIn(0.35));
  EXPECT_EQ(status.code(), Code::kDeadlineExceeded);
  EXPECT_THAT(RetryAfterMillis(status), Optional(::testing::AllOf(::testing::Ge(50), ::testing::Le(51))));
  // Of two tasks the second comes after two of each call.
  EXPECT_TRUE(TryReserve(2, DueIn(0.701)).ok());
  EXPECT_FALSE(TryReserve(2, DueIn(0.699)).ok());
  EXPECT_THAT(batcher_->snapshot().predicted_seconds, ::testing::DoubleNear(0.6, 1e-9));
}

TEST_F(BatcherTest, WhatNoServerCouldDoInTimeIsNotToBeTriedAgain) {
  Teach(0.1, 0);
  EXPECT_THAT(RetryAfterMillis(TryReserve(1, DueIn(0.09))), Optional(-1));
  CallTerms slow_to_prepare = DueIn(0.15);
  slow_to_prepare.prepare_seconds = 0.06;
  EXPECT_THAT(RetryAfterMillis(TryReserve(1, slow_to_prepare)), Optional(-1));
  slow_to_prepare.prepare_seconds = 0.04;
  EXPECT_TRUE(TryReserve(1, slow_to_prepare).ok());
}

TEST_F(BatcherTest, WorkAtLowerPriorityIsNotAhead) {
  Teach(0.1, 0);
  Submit({1, 2, 3}, Terms(1));
  EXPECT_TRUE(TryReserve(1, DueIn(0.101, Terms(2, Priority::kHigh))).ok());
  EXPECT_FALSE(TryReserve(1, DueIn(0.399, Terms(2, Priority::kLow))).ok());
  EXPECT_TRUE(TryReserve(1, DueIn(0.401, Terms(2, Priority::kLow))).ok());
}

TEST_F(BatcherTest, RunningBatchesAndOtherReplicasCount) {
  Start({}, 2);
  Teach(0.1, 0);
  Submit({1}, Terms(1));
  Submit({2}, Terms(2));
  Batch first = batcher_->Take(0).value();
  EXPECT_TRUE(TryReserve(1, DueIn(0.201)).ok());  // the other replica has one task before
  Batch second = batcher_->Take(1).value();
  clock_.Advance(0.04);
  EXPECT_TRUE(TryReserve(1, DueIn(0.161)).ok());
  EXPECT_FALSE(TryReserve(1, DueIn(0.159)).ok());
  EXPECT_TRUE(TryReserve(2, DueIn(0.211)).ok());  // the first is counted as half on each
  Finish(std::move(first));
  Finish(std::move(second));
}

TEST_F(BatcherTest, NobodyIsRefusedOnTooFewMeasurements) {
  CallTerms terms = DueIn(1);
  terms.shape = {336, 336};
  batcher_->Measured(terms.shape, /*share=*/1, 1, 100);
  batcher_->Measured(terms.shape, /*share=*/1, 1, 100);
  EXPECT_TRUE(TryReserve(1, terms).ok());
  batcher_->Measured(terms.shape, /*share=*/1, 1, 100);
  EXPECT_FALSE(TryReserve(1, terms).ok());
}

TEST_F(BatcherTest, AnIdleBatcherLetsACallProveOldMeasurementsWrong) {
  Teach(100, 0);
  clock_.Advance(1.5);
  const auto probe = batcher_->Reserve(1, DueIn(1));
  EXPECT_TRUE(probe.ok());
  EXPECT_FALSE(TryReserve(1, DueIn(1)).ok()) << "not idle any more";
}

TEST_F(BatcherTest, MissedDeadlinesMakeItCautious) {
  Teach(0.1, 0);
  for (int i = 0; i < 60; ++i) {
    Submit({i}, DueIn(0.2));
    clock_.Advance(0.3);
    Submit({100 + i}, Terms());  // so that Take has something to return
    TakeNumbers();
    clock_.Advance(0.1);
  }
  Teach(0.1, 0);
  Submit({1, 2, 3}, Terms(1));
  EXPECT_FALSE(TryReserve(3, DueIn(0.65)).ok());
  EXPECT_FALSE(TryReserve(3, DueIn(1.09)).ok());  // the wait for the last, 0.5 s, counts twice
  EXPECT_TRUE(TryReserve(3, DueIn(1.11)).ok());
}

// Order.

TEST_F(BatcherTest, CallsTakeTurns) {
  Batcher::Options options;
  options.max_batch = 3;
  Start(options);
  Submit({10, 11, 12, 13, 14, 15}, Terms(1));
  Submit({20, 21}, Terms(2));
  Submit({30}, Terms(3));
  EXPECT_THAT(TakeNumbers(), ElementsAre(10, 20, 30));
  Submit({40}, Terms(4));
  EXPECT_THAT(TakeNumbers(), ElementsAre(11, 21, 40));
  EXPECT_THAT(TakeNumbers(), ElementsAre(12, 13, 14));
  EXPECT_THAT(TakeNumbers(), ElementsAre(15));
}

TEST_F(BatcherTest, ReservationsOfOneCallTakeOneTurn) {
  Batcher::Options options;
  options.max_batch = 2;
  Start(options);
  for (const int frame : {10, 11, 12}) Submit({frame}, Terms(1));
  Submit({20}, Terms(2));
  EXPECT_THAT(TakeNumbers(), ElementsAre(10, 20));
  EXPECT_THAT(TakeNumbers(), ElementsAre(11, 12));
}

TEST_F(BatcherTest, WithinATurnTheEarliestDeadlineIsFirst) {
  Batcher::Options options;
  options.max_batch = 1;
  Start(options);
  Submit({1}, Terms(1));
  Submit({2}, DueIn(20, Terms(2)));
  Submit({3}, DueIn(10, Terms(3)));
  Submit({4}, Terms(4));
  EXPECT_THAT(TakeNumbers(), ElementsAre(3));
  Submit({5}, DueIn(1, Terms(5)));
  EXPECT_THAT(TakeNumbers(), ElementsAre(2));
  EXPECT_THAT(TakeNumbers(), ElementsAre(1));
  EXPECT_THAT(TakeNumbers(), ElementsAre(4)) << "a later turn does not overtake";
  EXPECT_THAT(TakeNumbers(), ElementsAre(5));
}

TEST_F(BatcherTest, HigherPrioritiesGoFirst) {
  Submit({1}, Terms(1, Priority::kLow));
  Submit({2, 3}, Terms(2));
  Submit({4, 5}, Terms(3, Priority::kHigh));
  EXPECT_THAT(TakeNumbers(), ElementsAre(4, 5, 2, 3, 1));
}

TEST_F(BatcherTest, AgeingLiftsWhatWaits) {
  Batcher::Options options;
  options.max_batch = 1;
  options.ageing = std::chrono::seconds(1);
  Start(options);
  int number = 0;
  const auto one_high_task = [&] { Submit({++number}, Terms(number, Priority::kHigh)); };
  one_high_task();
  Submit({100}, Terms(100, Priority::kLow));
  // There is always a task of high priority, yet the low one waits for two seconds and two turns only.
  for (int step = 0; step < 5; ++step) {
    one_high_task();
    EXPECT_THAT(TakeNumbers(), ElementsAre(::testing::Lt(100)));
    clock_.Advance(0.5);
  }
  one_high_task();
  EXPECT_THAT(TakeNumbers(), ElementsAre(number - 1));
  EXPECT_THAT(TakeNumbers(), ElementsAre(100));
}

// Dispatch.

TEST_F(BatcherTest, AnIdleReplicaTakesWhatThereIs) {
  Teach(0.001, 0.010);
  Submit({1, 2}, Terms());
  const Batch batch = batcher_->Take(0).value();
  EXPECT_THAT(Numbers(batch), ElementsAre(1, 2));
  EXPECT_EQ(batch.reason, DispatchReason::kIdle);
  Finish(batch);
}

TEST_F(BatcherTest, ShapesAreNotMixed) {
  CallTerms other = Terms(2);
  other.shape = {336, 224};
  Submit({1}, Terms(1));
  Submit({2}, other);
  Submit({3}, Terms(3));
  EXPECT_THAT(TakeNumbers(), ElementsAre(1, 3));
  EXPECT_THAT(TakeNumbers(), ElementsAre(2));
}

TEST_F(BatcherTest, BatchesAreNoLargerThanHelps) {
  Submit({1, 2, 3}, Terms());
  EXPECT_THAT(TakeNumbers(), ElementsAre(1, 2, 3));
  Teach(0.1, 0);
  Submit({4, 5}, Terms());
  const Batch batch = batcher_->Take(0).value();
  EXPECT_THAT(Numbers(batch), ElementsAre(4));
  EXPECT_EQ(batch.reason, DispatchReason::kFull);
  Finish(batch);
}

TEST_F(BatcherTest, ABatchIsCutBeforeATaskMissesItsDeadline) {
  Teach(0.001, 0.010);
  Submit({1}, DueIn(0.0125, Terms(1)));  // with one other: 12 ms
  Submit({2}, Terms(2));
  Submit({3}, Terms(3));
  EXPECT_THAT(TakeNumbers(), ElementsAre(1, 2));
  EXPECT_THAT(TakeNumbers(), ElementsAre(3));
}

TEST_F(BatcherTest, ATaskThatIsLateAnywayDoesNotCutTheBatch) {
  Teach(0.001, 0.010);
  Submit({1}, DueIn(0.012, Terms(1)));
  clock_.Advance(0.005);
  Submit({2}, Terms(2));
  Submit({3}, Terms(3));
  EXPECT_THAT(TakeNumbers(), ElementsAre(1, 2, 3));
}

TEST_F(BatcherTest, ASleepingReplicaWakesForATask) {
  std::future<std::optional<Batch>> taken = TakeInBackground();
  Submit({1}, Terms());
  std::optional<Batch> batch = taken.get();
  EXPECT_THAT(Numbers(*batch), ElementsAre(1));
  Finish(std::move(*batch));
}

// The end of tasks.

TEST_F(BatcherTest, ExpiredAndAbandonedTasksAreNotEncoded) {
  Submit({1}, DueIn(0.5));
  Batcher::Reservation& left = Keep(1, Terms());
  bool gone = false;
  batcher_->Submit(left, answers_.Task(2, [&] { return gone; }));
  Submit({3}, Terms());
  clock_.Advance(0.5);
  gone = true;
  EXPECT_THAT(TakeNumbers(), ElementsAre(3));
  EXPECT_EQ(answers_.Code(1), Code::kDeadlineExceeded);
  EXPECT_EQ(answers_.Code(2), Code::kCancelled);
  EXPECT_EQ(answers_.Of(1)[0].times.batch_size, 0);
  EXPECT_DOUBLE_EQ(answers_.Of(1)[0].times.queue_seconds, 0.5);
}

TEST_F(BatcherTest, DoneMayUseTheBatcher) {
  Batcher::Reservation& reservation = Keep(1, Terms());
  EncodeTask task = answers_.Task(1);
  task.done = [&](const auto&, const EncodeTimes&) { EXPECT_TRUE(TryReserve(1, Terms()).ok()); };
  batcher_->Submit(reservation, std::move(task));
  EXPECT_THAT(TakeNumbers(), ElementsAre(1));
}

TEST_F(BatcherTest, AfterOutOfMemorySmallerBatchesForAWhile) {
  const auto size_of_next = [&](const std::vector<int>& numbers) {
    Submit(numbers, Terms());
    return TakeNumbers().size();
  };
  batcher_->OutOfMemory(kShape, 4);
  EXPECT_EQ(size_of_next({1, 2, 3, 4, 5, 6, 7, 8, 9}), 2u);
  clock_.Advance(30);
  EXPECT_EQ(TakeNumbers().size(), 4u);
  clock_.Advance(30);
  EXPECT_EQ(TakeNumbers().size(), 3u);
  clock_.Advance(1e5);
  EXPECT_EQ(size_of_next(std::vector<int>(20, 1)), 16u);
}

TEST_F(BatcherTest, ClosedItStillServesWhatItAccepted) {
  Batcher::Reservation& reservation = Keep(1, Terms());
  Submit({1}, Terms());
  batcher_->Close();
  EXPECT_EQ(TryReserve(1, Terms()).code(), Code::kUnavailable);
  EXPECT_THAT(TakeNumbers(), ElementsAre(1));
  auto batch = TakeInBackground();
  batcher_->Submit(reservation, answers_.Task(2));
  std::optional<Batch> last = batch.get();
  EXPECT_THAT(Numbers(*last), ElementsAre(2));
  auto none = TakeInBackground();
  Finish(std::move(*last));
  EXPECT_FALSE(none.get());
}

TEST_F(BatcherTest, ADroppedReservationLetsAClosedBatcherGo) {
  Batcher::Reservation& reservation = Keep(1, Terms());
  batcher_->Close();
  auto none = TakeInBackground();
  reservation.Release();
  EXPECT_FALSE(none.get());
}

TEST_F(BatcherTest, WithoutReplicasItAnswersEverything) {
  Batcher::Reservation& reservation = Keep(1, Terms());
  Submit({1, 2}, Terms());
  EXPECT_FALSE(batcher_->Lose(0, {}));
  auto none = TakeInBackground();
  answers_.Await(2);
  batcher_->Submit(reservation, answers_.Task(3));
  EXPECT_FALSE(none.get());
  for (const int number : {1, 2, 3}) EXPECT_EQ(answers_.Code(number), Code::kUnavailable);
}

TEST_F(BatcherTest, TasksOfALostReplicaGoFirst) {
  Batcher::Options options;
  options.max_batch = 2;
  Start(options, 2);
  Submit({1, 2, 3}, Terms());
  Batch batch = batcher_->Take(1).value();
  EXPECT_TRUE(batcher_->Lose(1, std::move(batch.tasks)));
  EXPECT_FALSE(batcher_->healthy(1));
  EXPECT_EQ(batcher_->snapshot().healthy_replicas, 1);
  EXPECT_THAT(TakeNumbers(), ElementsAre(1, 2));
  EXPECT_THAT(TakeNumbers(), ElementsAre(3));
}

TEST_F(BatcherTest, ABatchSharesTheMachineWithReplicasThatAreAtWorkOrAboutToBe) {
  Start({}, 4);
  Teach(1, 0);  // nothing is gained by batches: each has one task
  Submit({1}, Terms(1));
  Batch alone = batcher_->Take(0).value();
  EXPECT_EQ(alone.share, 1);
  Submit({2}, Terms(2));
  Batch second = batcher_->Take(1).value();
  EXPECT_EQ(second.share, 2);
  Submit({3, 4}, Terms(3));
  Batch third = batcher_->Take(2).value();
  EXPECT_EQ(third.share, 4);
  Finish(std::move(alone));
  Finish(std::move(second));
  Finish(std::move(third));
}

TEST_F(BatcherTest, ReplicasOfOtherModelsShareTheMachineToo) {
  const Batcher::Options options;
  Start(options, 4);
  Teach(1, 0);
  Batcher other(options, 4, clock_, observer_);
  const auto take_from_other = [&] {
    auto place = other.Reserve(1, Terms()).value();
    other.Submit(place, answers_.Task(0));
    return other.Take(0).value();
  };
  const auto finish_others = [&](Batch batch) {
    other.Answer(std::move(batch.tasks[0]), DenseFeatures{1, 1, 1, {0}}, {});
  };
  Submit({1}, Terms(1));
  Batch first = batcher_->Take(0).value();
  EXPECT_EQ(first.share, 1);
  Batch others = take_from_other();
  EXPECT_EQ(others.share, 2);
  Submit({2, 3}, Terms(2));
  Batch second = batcher_->Take(1).value();
  EXPECT_EQ(second.share, 4);
  Finish(std::move(first));
  TakeNumbers(0);
  Finish(std::move(second));

  finish_others(std::move(others));
  other.Close();
  EXPECT_FALSE(other.Take(0));
  EXPECT_EQ(*options.at_work, 2) << "this model's, of which no replica has come back";
}

TEST_F(BatcherTest, ASharedMachineIsPredictedToBeSlower) {
  Start({}, 2);
  Teach(1, 1.0, 0);
  Teach(2, 1.5, 0);
  EXPECT_TRUE(TryReserve(1, DueIn(1.1)).ok());
  Submit({1}, Terms(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(TryReserve(1, DueIn(1.1, Terms(2)))));
  EXPECT_TRUE(TryReserve(1, DueIn(2.3, Terms(2))).ok());
}

}  // namespace
}  // namespace pixelclip
