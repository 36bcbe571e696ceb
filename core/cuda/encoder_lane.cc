#include "core/cuda/encoder_lane.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/util/Exception.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <utility>

#include "core/cuda/batch_bucket.h"
#include "core/model/parallel.h"

namespace pixelclip {
namespace {

// Calls work(i, its numbers) for the first `count` pictures of a batch, on LibTorch's threads: one alone
// copies too slowly for a fast GPU.
template <typename Work>
void ForPictures(const at::Tensor& batch, int count, const Work& work) {
  float* const numbers = batch.mutable_data_ptr<float>();
  const int64_t size = batch.stride(0);
  ForRanges(count, /*grain=*/1, [&](int64_t first, int64_t n) {
    for (int64_t i = first; i < first + n; ++i) work(static_cast<int>(i), numbers + i * size);
  });
}

}  // namespace

EncoderLane::EncoderLane(const VisualEncoder& encoder, c10::Stream stream,
                         std::unique_ptr<GraphRecorder> recorder)
    : encoder_(encoder), stream_(stream), recorder_(std::move(recorder)) {}

EncoderLane::~EncoderLane() {
  try {
    stream_.synchronize();  // no graph may go while it runs
  } catch (const c10::Error&) {
    // A GPU that failed runs nothing.
  }
}

std::vector<DenseFeatures> EncoderLane::Encode(const NetworkInput* inputs, int count) {
  const c10::InferenceMode no_gradients;
  const c10::StreamGuard on_stream(stream_);
  Bucket& bucket = BucketFor(count, inputs[0].height, inputs[0].width);

  const at::Tensor host_input = HostMemory(bucket.input.sizes(), &host_input_);
  ForPictures(host_input, count, [&](int i, float* picture) {
    std::copy(inputs[i].values.begin(), inputs[i].values.end(), picture);
  });
  bucket.input.narrow(0, 0, count).copy_(host_input.narrow(0, 0, count), /*non_blocking=*/true);
  bucket.graph->Replay();
  const at::Tensor host_features = HostMemory(bucket.features.sizes(), &host_features_);
  host_features.narrow(0, 0, count).copy_(bucket.features.narrow(0, 0, count), /*non_blocking=*/true);
  // This waits for all that was asked of the stream.
  TORCH_CHECK(bucket.finite.narrow(0, 0, count).all().item<bool>(), kFeaturesNotFinite);

  const auto height = static_cast<int>(host_features.size(1)),
             width = static_cast<int>(host_features.size(2)),
             channels = static_cast<int>(host_features.size(3));
  std::vector<DenseFeatures> features(count);
  ForPictures(host_features, count, [&](int i, const float* picture) {
    features[i] = {height, width, channels,
                   std::vector<float>(picture, picture + size_t{1} * height * width * channels)};
  });
  return features;
}

EncoderLane::Bucket& EncoderLane::BucketFor(int count, int height, int width) {
  const int64_t shape[] = {BucketOf(count), 3, height, width};
  const auto known = std::find_if(buckets_.begin(), buckets_.end(),
                                  [&](const Bucket& bucket) { return bucket.input.sizes() == shape; });
  if (known != buckets_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known);
    return buckets_.front();
  }
  if (buckets_.size() == kMaxGraphs) buckets_.pop_back();
  Bucket& bucket = buckets_.emplace_front();
  bucket.input = at::zeros(shape, at::TensorOptions(at::kFloat).device(stream_.device()));
  const auto encode = [this, &bucket] {
    bucket.features = encoder_.EncodeDense(bucket.input).contiguous();
    bucket.finite = at::isfinite(bucket.features).flatten(1).all(1);
  };
  encode();
  bucket.graph = recorder_->Record(encode);
  return bucket;
}

at::Tensor EncoderLane::HostMemory(at::IntArrayRef shape, at::Tensor* kept) const {
  const int64_t size = c10::multiply_integers(shape);
  if (!kept->defined() || kept->numel() < size) {
    *kept = at::empty({size}, at::TensorOptions(at::kFloat).pinned_memory(!stream_.device().is_cpu()));
  }
  return kept->narrow(0, 0, size).view(shape);
}

}  // namespace pixelclip
