#ifndef PIXELCLIP_TESTS_TESTING_BATCHER_FIXTURE_H_
#define PIXELCLIP_TESTS_TESTING_BATCHER_FIXTURE_H_

#include <gtest/gtest.h>

#include <future>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/batcher.h"
#include "tests/testing/answers.h"
#include "tests/testing/fake_clock.h"

namespace pixelclip::testing {

inline constexpr InputShape kShape = {224, 224};

// Replicas are played by the test: it takes batches and answers them.
class BatcherTest : public ::testing::Test {
 protected:
  void SetUp() override { Start({}); }

  void TearDown() override {
    for (int i = 0; i < replicas_; ++i) batcher_->Lose(i, {});
    for (auto& reservation : kept_) reservation.Release();
    while (std::optional<Batch> batch = batcher_->Take(0)) Finish(std::move(*batch));
  }

  void Start(const Batcher::Options& options, int replicas = 1) {
    batcher_ = std::make_unique<Batcher>(options, replicas, clock_, observer_);
    replicas_ = replicas;
    Teach(1e-9, 1e-6);  // so that batches may have any size
  }

  // Batches of n take item * n + batch seconds, whatever else runs.
  void Teach(double item, double batch) {
    for (const int share : {1, 2, 3}) Teach(share, item, batch);
  }
  void Teach(int share, double item, double batch) {
    for (int run = 0; run < 3; ++run) {
      for (const int items : {1, 4, 16}) batcher_->Measured(kShape, share, items, item * items + batch);
    }
  }

  CallTerms Terms(uint64_t call = 0, Priority priority = Priority::kNormal) const {
    CallTerms terms;
    terms.shape = kShape;
    terms.call = call;
    terms.priority = priority;
    return terms;
  }

  CallTerms DueIn(double seconds, CallTerms terms) const {
    terms.deadline = clock_.Now() + FromSeconds(seconds);
    return terms;
  }
  CallTerms DueIn(double seconds) const { return DueIn(seconds, Terms()); }

  // A reservation that lasts until the test ends.
  Batcher::Reservation& Keep(int count, const CallTerms& terms) {
    kept_.push_back(batcher_->Reserve(count, terms).value());
    return kept_.back();
  }

  // Reserves and submits a task for each number.
  void Submit(const std::vector<int>& numbers, const CallTerms& terms) {
    Batcher::Reservation& reservation = Keep(static_cast<int>(numbers.size()), terms);
    for (const int number : numbers) batcher_->Submit(reservation, answers_.Task(number));
  }

  absl::Status TryReserve(int count, const CallTerms& terms) {
    return batcher_->Reserve(count, terms).status();
  }

  void Finish(Batch batch) {
    for (QueuedTask& task : batch.tasks) batcher_->Answer(std::move(task), DenseFeatures{1, 1, 1, {0}}, {});
  }

  static std::vector<int> Numbers(const Batch& batch) {
    std::vector<int> numbers;
    for (const QueuedTask& task : batch.tasks) numbers.push_back(static_cast<int>(task.task.input.values[0]));
    return numbers;
  }

  // Takes and finishes one batch.
  std::vector<int> TakeNumbers(int replica = 0) {
    Batch batch = batcher_->Take(replica).value();
    std::vector<int> numbers = Numbers(batch);
    Finish(std::move(batch));
    return numbers;
  }

  std::future<std::optional<Batch>> TakeInBackground(int replica = 0) {
    return std::async(std::launch::async, [this, replica] { return batcher_->Take(replica); });
  }

  FakeClock clock_;
  BatchObserver observer_;
  Answers answers_;
  std::unique_ptr<Batcher> batcher_;
  int replicas_ = 0;
  std::list<Batcher::Reservation> kept_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_BATCHER_FIXTURE_H_
