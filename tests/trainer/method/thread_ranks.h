#ifndef PIXELCLIP_TESTS_TRAINER_METHOD_THREAD_RANKS_H_
#define PIXELCLIP_TESTS_TRAINER_METHOD_THREAD_RANKS_H_

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/scale/communicator.h"

namespace pixelclip::testing {

// Ranks that are threads of one process. Where one has ended before the others, these get UNAVAILABLE.
class ThreadRanks {
 public:
  explicit ThreadRanks(int size) : size_(size) {}

  // Calls body(communicator) on one thread for each rank and returns when all have ended.
  template <typename Body>
  void Run(const Body& body) {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < size_; ++rank) {
      threads.emplace_back([this, rank, &body] {
        Rank communicator(this, rank);
        body(communicator);
        Leave();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  class Rank : public Communicator {
   public:
    Rank(ThreadRanks* all, int rank) : all_(all), rank_(rank) {}

    int rank() const override { return rank_; }
    int world_size() const override { return all_->size_; }
    absl::Status AllReduceSum(at::Tensor& tensor) override {
      const auto given = all_->Exchange(rank_, tensor);
      if (!given.ok()) return given.status();
      at::Tensor sum = at::zeros_like(tensor);
      for (const at::Tensor& part : *given) sum += part;
      tensor = sum;
      return absl::OkStatus();
    }
    absl::Status Broadcast(at::Tensor& tensor) override {
      const auto given = all_->Exchange(rank_, tensor);
      if (given.ok()) tensor.copy_(given->front());
      return given.status();
    }
    absl::Status Barrier() override { return all_->Exchange(rank_, {}).status(); }
    absl::Status WatchGradients(const std::vector<at::Tensor>& parameters) override {
      parameters_ = parameters;
      return absl::OkStatus();
    }
    absl::Status FinishGradients() override {
      const at::NoGradGuard no_gradients;
      for (at::Tensor& parameter : parameters_) {
        at::Tensor gradient = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
        if (absl::Status status = AllReduceSum(gradient); !status.ok()) return status;
        parameter.mutable_grad() = gradient;
      }
      return absl::OkStatus();
    }
    void set_synchronise(bool) override {}

   private:
    ThreadRanks* all_;
    int rank_;
    std::vector<at::Tensor> parameters_;
  };

  // Gives every rank what all ranks brought, in order.
  absl::StatusOr<std::vector<at::Tensor>> Exchange(int rank, const at::Tensor& tensor) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (arrived_ == 0) brought_.assign(static_cast<size_t>(size_), {});
    brought_[static_cast<size_t>(rank)] = tensor.defined() ? tensor.clone() : tensor;
    const int round = round_;
    if (++arrived_ == size_) {
      arrived_ = 0;
      ++round_;
      complete_ = brought_;
      changed_.notify_all();
    } else {
      changed_.wait(lock, [&] { return round_ != round || left_; });
      if (round_ == round) return absl::UnavailableError("a rank has ended");
    }
    return complete_;  // nobody can complete the next round before all have left this one
  }

  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    left_ = true;
    changed_.notify_all();
  }

  const int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0, round_ = 0;
  bool left_ = false;
  std::vector<at::Tensor> brought_, complete_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_METHOD_THREAD_RANKS_H_
