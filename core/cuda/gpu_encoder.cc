#include "core/cuda/gpu_encoder.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/cuda/batch_bucket.h"

namespace pixelclip {

GpuEncoder::GpuEncoder(const VisualEncoder& encoder, c10::Device device, MakeRecorder make_recorder)
    : encoder_(encoder), device_(device), make_recorder_(std::move(make_recorder)) {
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  // The lanes' streams do not wait for the one that weights were copied and converted on.
  c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
}

std::vector<DenseFeatures> GpuEncoder::Encode(const std::vector<NetworkInput>& inputs) const {
  std::unique_ptr<EncoderLane> lane = TakeLane();
  std::vector<DenseFeatures> features;
  features.reserve(inputs.size());
  try {
    for (size_t first = 0; first < inputs.size(); first += kLargestBucket) {
      const size_t count = std::min<size_t>(kLargestBucket, inputs.size() - first);
      std::vector<DenseFeatures> part = lane->Encode(&inputs[first], static_cast<int>(count));
      std::move(part.begin(), part.end(), std::back_inserter(features));
    }
  } catch (...) {
    Discard(std::move(lane));
    throw;
  }
  GiveBack(std::move(lane));
  return features;
}

std::unique_ptr<EncoderLane> GpuEncoder::TakeLane() const {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_lanes_.empty()) {
      std::unique_ptr<EncoderLane> lane = std::move(idle_lanes_.back());
      idle_lanes_.pop_back();
      return lane;
    }
  }
  return std::make_unique<EncoderLane>(encoder_, TakeStream(), make_recorder_());
}

// LibTorch has 32 streams, which it hands out in turn: a lane that failed leaves its own to the next, or two
// lanes would share one after many failures.
c10::Stream GpuEncoder::TakeStream() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_streams_.empty()) return c10::impl::VirtualGuardImpl(device_.type()).getNewStream(device_);
  const c10::Stream stream = idle_streams_.back();
  idle_streams_.pop_back();
  return stream;
}

void GpuEncoder::GiveBack(std::unique_ptr<EncoderLane> lane) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_lanes_.push_back(std::move(lane));
}

void GpuEncoder::Discard(std::unique_ptr<EncoderLane> lane) const {
  const c10::Stream stream = lane->stream();
  lane.reset();  // waits for the stream
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_streams_.push_back(stream);
}

}  // namespace pixelclip
