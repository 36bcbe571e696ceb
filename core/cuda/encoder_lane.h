#ifndef PIXELCLIP_CORE_CUDA_ENCODER_LANE_H_
#define PIXELCLIP_CORE_CUDA_ENCODER_LANE_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "core/cuda/graph_recorder.h"
#include "core/features.h"
#include "core/model/visual_encoder.h"

namespace pixelclip {

// Takes one batch after the other through a visual encoder on a GPU: from pinned memory, by a graph for each
// shape and bucket (core/cuda/batch_bucket.h), on a stream of its own. Two lanes copy and compute at the same
// time.
//
// A graph is recorded when a batch first needs it, which takes as long as some batches; the kMaxGraphs that
// were used last are kept. Not thread-safe. After an exception only the destructor may be called.
class EncoderLane {
 public:
  static constexpr size_t kMaxGraphs = 32;

  // `encoder`, whose weights lie on the stream's device and are ready, must outlive the lane. REQUIRES:
  // nobody else uses the stream meanwhile.
  EncoderLane(const VisualEncoder& encoder, c10::Stream stream, std::unique_ptr<GraphRecorder> recorder);
  ~EncoderLane();

  EncoderLane(const EncoderLane&) = delete;
  EncoderLane& operator=(const EncoderLane&) = delete;

  c10::Stream stream() const { return stream_; }

  // One result for each of 1 to kLargestBucket inputs, which have one size. Throws what LibTorch throws.
  std::vector<DenseFeatures> Encode(const NetworkInput* inputs, int count);

 private:
  struct Bucket {
    at::Tensor input;     // [bucket, 3, height, width]
    at::Tensor features;  // [bucket, h, w, D]
    at::Tensor finite;    // [bucket] bool: a picture's features are
    std::unique_ptr<RecordedGraph> graph;
  };

  Bucket& BucketFor(int count, int height, int width);

  // Memory of the host that the GPU reads and writes by itself. It lies in `kept` for the next batch.
  at::Tensor HostMemory(at::IntArrayRef shape, at::Tensor* kept) const;

  const VisualEncoder& encoder_;
  const c10::Stream stream_;
  const std::unique_ptr<GraphRecorder> recorder_;
  at::Tensor host_input_;
  at::Tensor host_features_;
  std::list<Bucket> buckets_;  // the one that was used last is the first
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_ENCODER_LANE_H_
