// When a batcher waits for more before it begins a batch, and for how long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "server/batcher.h"
#include "tests/testing/batcher_fixture.h"

namespace pixelclip {
namespace {

using testing::BatcherTest;
using testing::kShape;
using ::testing::DoubleNear;

constexpr double kNanosecond = 1e-9;

// One task is queued and one call is being prepared. A batch costs 10 ms and an item 1 ms, so waiting for up
// to 4.5 ms pays.
class BatcherDelayTest : public BatcherTest {
 protected:
  static constexpr double kDelayThatPays = 0.0045;

  void Begin(CallTerms terms = {}, double preparation = 0.002) {
    Teach(0.001, 0.010);
    terms.shape = kShape;
    Batcher::Reservation& first = Keep(1, terms);
    clock_.Advance(preparation);
    batcher_->Submit(first, answers_.Task(1));
    coming_ = &Keep(1, Terms(2));
  }

  void ExpectDispatch(std::optional<Batch> batch, DispatchReason reason, const std::vector<int>& numbers) {
    ASSERT_TRUE(batch);
    EXPECT_EQ(NameOf(batch->reason), NameOf(reason));
    EXPECT_EQ(Numbers(*batch), numbers);
    Finish(std::move(*batch));
  }

  Batcher::Reservation* coming_ = nullptr;
};

TEST_F(BatcherDelayTest, WaitsForWhatIsComing) {
  Begin();
  auto batch = TakeInBackground();
  EXPECT_THAT(clock_.AwaitWait(0), DoubleNear(kDelayThatPays, kNanosecond));
  clock_.Advance(0.001);
  clock_.AwaitWait(1);
  batcher_->Submit(*coming_, answers_.Task(2));
  ExpectDispatch(batch.get(), DispatchReason::kDelayOver, {1, 2});
}

TEST_F(BatcherDelayTest, AFurtherArrivalIsWaitedForByItself) {
  Begin();
  Batcher::Reservation& another = Keep(1, Terms(3));
  auto batch = TakeInBackground();
  clock_.AwaitWait(0);
  clock_.Advance(0.001);
  clock_.AwaitWait(1);
  batcher_->Submit(*coming_, answers_.Task(2));
  EXPECT_THAT(clock_.AwaitWait(2), DoubleNear((0.010 - 2 * 0.001) / 3, kNanosecond));
  batcher_->Submit(another, answers_.Task(3));
  ExpectDispatch(batch.get(), DispatchReason::kDelayOver, {1, 2, 3});
}

TEST_F(BatcherDelayTest, WaitsNoLongerThanPays) {
  Begin();
  auto batch = TakeInBackground();
  clock_.AwaitWait(0);
  clock_.Advance(kDelayThatPays);
  ExpectDispatch(batch.get(), DispatchReason::kDelayOver, {1});
}

TEST_F(BatcherDelayTest, StopsWaitingWhenNothingIsComingAnyMore) {
  Begin();
  auto batch = TakeInBackground();
  clock_.AwaitWait(0);
  clock_.Advance(0.001);
  clock_.AwaitWait(1);
  coming_->Release();
  ExpectDispatch(batch.get(), DispatchReason::kDelayOver, {1});
}

TEST_F(BatcherDelayTest, NoDelayWhenNothingIsComing) {
  Begin();
  coming_->Release();
  ExpectDispatch(batcher_->Take(0), DispatchReason::kIdle, {1});
}

TEST_F(BatcherDelayTest, NoDelayWhenWhatComesTakesTooLong) {
  Begin({}, kDelayThatPays + 0.001);
  ExpectDispatch(batcher_->Take(0), DispatchReason::kIdle, {1});
}

TEST_F(BatcherDelayTest, OneOfManyComesSooner) {
  Begin({}, kDelayThatPays + 0.001);
  Keep(1, Terms(3));
  auto batch = TakeInBackground();
  EXPECT_THAT(clock_.AwaitWait(0), DoubleNear(kDelayThatPays, kNanosecond));
  batcher_->Close();
  ExpectDispatch(batch.get(), DispatchReason::kDrained, {1});
}

TEST_F(BatcherDelayTest, NoDelayForAnotherShape) {
  Begin();
  coming_->Release();
  CallTerms other = Terms(3);
  other.shape = {336, 336};
  Keep(1, other);
  ExpectDispatch(batcher_->Take(0), DispatchReason::kIdle, {1});
}

TEST_F(BatcherDelayTest, AReplicaThatGetsFreeMeanwhileDoesNotWaitToo) {
  Start({}, 2);
  Begin();
  auto nothing = TakeInBackground(0);
  clock_.AwaitWait(0);
  ExpectDispatch(batcher_->Take(1), DispatchReason::kIdle, {1});
  batcher_->Submit(*coming_, answers_.Task(2));
  ExpectDispatch(nothing.get(), DispatchReason::kIdle, {2});
}

TEST_F(BatcherDelayTest, NoDelayWhereBatchesCostNothing) {
  Begin();
  coming_->Release();
  TakeNumbers();
  for (int run = 0; run < 15; ++run) Teach(0.010, 0);
  Submit({2}, Terms(1));
  Keep(1, Terms(2));
  ExpectDispatch(batcher_->Take(0), DispatchReason::kFull, {2});
}

TEST_F(BatcherDelayTest, NoDelayWhenSwitchedOff) {
  Batcher::Options options;
  options.max_delay = Clock::Duration::zero();
  Start(options);
  Begin();
  ExpectDispatch(batcher_->Take(0), DispatchReason::kIdle, {1});
}

TEST_F(BatcherDelayTest, NoDelayWhenClosed) {
  Begin();
  batcher_->Close();
  ExpectDispatch(batcher_->Take(0), DispatchReason::kDrained, {1});
}

TEST_F(BatcherDelayTest, NeverPastADeadline) {
  // Two items take 12 ms, so 1 ms is left of the 15 ms less the 2 ms that have passed.
  Begin(DueIn(0.015));
  auto batch = TakeInBackground();
  EXPECT_THAT(clock_.AwaitWait(0), DoubleNear(0.001, kNanosecond));
  clock_.Advance(0.001);
  ExpectDispatch(batch.get(), DispatchReason::kDeadline, {1});
}

TEST_F(BatcherDelayTest, NotAtAllIfTheDeadlineIsNear) {
  Begin(DueIn(0.013));
  ExpectDispatch(batcher_->Take(0), DispatchReason::kDeadline, {1});
}

}  // namespace
}  // namespace pixelclip
