// Staging, buckets and lanes on the CPU: graphs are played by a double that runs the recorded work again.
#include "core/cuda/gpu_encoder.h"

#include <ATen/Parallel.h>
#include <ATen/ops/avg_pool2d.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/cuda/batch_bucket.h"

namespace pixelclip {
namespace {

// The mean of each 2 x 2 pixels, in each channel.
class MeanEncoder : public VisualEncoder {
 public:
  size_t Pack(Precision) override { return 0; }
  int64_t patch_size() const override { return 2; }
  at::Tensor EncodeDense(const at::Tensor& images) const override {
    return at::avg_pool2d(images, 2).permute({0, 2, 3, 1});
  }
};

// Fills an input with one number, of which all features consist, then.
NetworkInput Filled(float value, int height = 4, int width = 6) {
  return {height, width, std::vector<float>(size_t{3} * height * width, value)};
}

std::vector<NetworkInput> Numbered(int count, float first = 0) {
  std::vector<NetworkInput> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(Filled(first + static_cast<float>(i)));
  return inputs;
}

void ExpectNumbered(const std::vector<DenseFeatures>& features, int count, float first = 0) {
  ASSERT_EQ(features.size(), static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(features[i].height, 2);
    EXPECT_EQ(features[i].width, 3);
    EXPECT_EQ(features[i].channels, 3);
    EXPECT_EQ(features[i].values, std::vector<float>(18, first + static_cast<float>(i)));
  }
}

class WorkAgain : public RecordedGraph {
 public:
  explicit WorkAgain(std::function<void()> work) : work_(std::move(work)) {}
  void Replay() override { work_(); }

 private:
  const std::function<void()> work_;
};

// As on a GPU, recording computes nothing.
class FakeRecorder : public GraphRecorder {
 public:
  explicit FakeRecorder(std::atomic<int>* recorded) : recorded_(recorded) {}
  std::unique_ptr<RecordedGraph> Record(const std::function<void()>& work) override {
    ++*recorded_;
    return std::make_unique<WorkAgain>(work);
  }

 private:
  std::atomic<int>* const recorded_;
};

class GpuEncoderTest : public ::testing::Test {
 protected:
  GpuEncoderTest() { at::set_num_threads(1); }  // the pictures are tiny

  GpuEncoder MakeEncoder(const VisualEncoder& encoder) {
    return GpuEncoder(encoder, c10::kCPU, [this] {
      ++lanes_;
      return std::make_unique<FakeRecorder>(&recorded_);
    });
  }

  const MeanEncoder mean_;
  std::atomic<int> lanes_ = 0;
  std::atomic<int> recorded_ = 0;
};

TEST_F(GpuEncoderTest, EveryBatchSizeGetsItsOwnPictures) {
  const GpuEncoder gpu = MakeEncoder(mean_);
  // Downwards, so that places behind a batch hold other pictures.
  for (int count = 40; count > 0; --count)
    ExpectNumbered(gpu.Encode(Numbered(count, 100.0f * count)), count, 100.0f * count);
  EXPECT_EQ(recorded_, 17);  // 40, 32, 28, 24, 20, 16, 14, 12, 10, 8 .. 1
  EXPECT_EQ(lanes_, 1);
}

TEST_F(GpuEncoderTest, AGraphIsRecordedOnceForItsShapeAndBucket) {
  const GpuEncoder gpu = MakeEncoder(mean_);
  for (int i = 0; i < 3; ++i) {
    gpu.Encode(Numbered(9));
    gpu.Encode(Numbered(10));
  }
  EXPECT_EQ(recorded_, 1);
  gpu.Encode({Filled(1, 6, 4)});
  gpu.Encode({Filled(1, 4, 6)});
  EXPECT_EQ(recorded_, 3);
}

TEST_F(GpuEncoderTest, GraphsThatWereNotUsedForLongestGo) {
  const GpuEncoder gpu = MakeEncoder(mean_);
  const auto encode = [&](int width) {
    const auto features = gpu.Encode({Filled(7, 4, 2 * width)});
    EXPECT_EQ(features.front().values, std::vector<float>(size_t{6} * width, 7));
  };
  constexpr int kKept = EncoderLane::kMaxGraphs;
  for (int width = 1; width <= kKept; ++width) encode(width);
  encode(1);
  EXPECT_EQ(recorded_, kKept);
  encode(kKept + 1);  // in the place of 2
  encode(1);
  EXPECT_EQ(recorded_, kKept + 1);
  encode(2);
  EXPECT_EQ(recorded_, kKept + 2);
}

TEST_F(GpuEncoderTest, ManyInputsAreEncodedInParts) {
  const GpuEncoder gpu = MakeEncoder(mean_);
  ExpectNumbered(gpu.Encode(Numbered(2 * kLargestBucket + 3)), 2 * kLargestBucket + 3);
  EXPECT_EQ(recorded_, 2);
  EXPECT_TRUE(gpu.Encode({}).empty());
}

TEST_F(GpuEncoderTest, FeaturesThatAreNotFiniteAreAnError) {
  const GpuEncoder gpu = MakeEncoder(mean_);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<NetworkInput> inputs = Numbered(5);
    inputs[3].values[8] = bad;
    EXPECT_THROW(gpu.Encode(inputs), c10::Error);
    ExpectNumbered(gpu.Encode(Numbered(5)), 5);
  }
  EXPECT_EQ(lanes_, 3);  // whatever threw is not used again
}

// Waits in EncodeDense until two threads are there.
class MeetingEncoder : public MeanEncoder {
 public:
  at::Tensor EncodeDense(const at::Tensor& images) const override {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      ++arrived_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return arrived_ >= 2; });
    }
    return MeanEncoder::EncodeDense(images);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int arrived_ = 0;
};

TEST_F(GpuEncoderTest, ThreadsHaveLanesOfTheirOwn) {
  const MeetingEncoder meeting;
  const GpuEncoder gpu = MakeEncoder(meeting);
  std::thread other([&] { ExpectNumbered(gpu.Encode(Numbered(4, 50)), 4, 50); });
  ExpectNumbered(gpu.Encode(Numbered(4)), 4);
  other.join();
  EXPECT_EQ(lanes_, 2);
  gpu.Encode(Numbered(4));
  EXPECT_EQ(lanes_, 2);
  EXPECT_EQ(recorded_, 2);
}

}  // namespace
}  // namespace pixelclip
