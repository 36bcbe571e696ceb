#ifndef PIXELCLIP_TESTS_TESTING_GATED_SEGMENTER_H_
#define PIXELCLIP_TESTS_TESTING_GATED_SEGMENTER_H_

#include <condition_variable>
#include <mutex>
#include <vector>

#include "tests/testing/fake_segmenter.h"

namespace pixelclip::testing {

// Lets a test hold the encoder until it wants it to go on.
class Gate {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

class GatedSegmenter : public FakeSegmenter {
 public:
  explicit GatedSegmenter(Gate* gate) : gate_(gate) {}
  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    gate_->Pass();
    return FakeSegmenter::EncodeImages(inputs);
  }

 private:
  Gate* gate_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_GATED_SEGMENTER_H_
