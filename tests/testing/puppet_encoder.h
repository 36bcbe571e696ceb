#ifndef PIXELCLIP_TESTS_TESTING_PUPPET_ENCODER_H_
#define PIXELCLIP_TESTS_TESTING_PUPPET_ENCODER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/features.h"

namespace pixelclip::testing {

// An encoder that a test holds the strings of. The features of an input are its values. May be shared by
// replicas.
class PuppetEncoder {
 public:
  using Values = std::vector<float>;  // the first value of each input of a batch

  absl::StatusOr<std::vector<DenseFeatures>> operator()(const std::vector<NetworkInput>& inputs,
                                                        int share) {
    Values values;
    for (const NetworkInput& input : inputs) values.push_back(input.values[0]);
    std::unique_lock<std::mutex> lock(mutex_);
    batches_.push_back(values);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    const auto act = act_;
    lock.unlock();
    if (act) {
      if (absl::Status status = act(values); !status.ok()) return status;
    }
    std::vector<DenseFeatures> features;
    for (const NetworkInput& input : inputs) features.push_back({1, 1, 1, input.values});
    return features;
  }

  // What every run does before it returns: pass time, fail, throw.
  void OnRun(std::function<absl::Status(const Values&)> act) {
    const std::lock_guard<std::mutex> lock(mutex_);
    act_ = std::move(act);
  }

  // Runs begin, but do not end until Release.
  void Hold() {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = true;
  }
  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  // Returns once so many runs have begun.
  void AwaitRuns(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= count; });
  }

  std::vector<Values> batches() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return batches_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;                               // guarded by mutex_
  std::function<absl::Status(const Values&)> act_;  // guarded by mutex_
  std::vector<Values> batches_;                     // guarded by mutex_
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_PUPPET_ENCODER_H_
