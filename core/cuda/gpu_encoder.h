#ifndef PIXELCLIP_CORE_CUDA_GPU_ENCODER_H_
#define PIXELCLIP_CORE_CUDA_GPU_ENCODER_H_

#include <c10/core/Device.h>
#include <c10/core/Stream.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/cuda/encoder_lane.h"
#include "core/cuda/graph_recorder.h"
#include "core/features.h"
#include "core/model/visual_encoder.h"

namespace pixelclip {

// Runs a visual encoder on a GPU for plain arrays in the host's memory. Any number of threads may call
// Encode; as many as do so at once have a lane each, so that one's copies go on while another's kernels run.
class GpuEncoder {
 public:
  using MakeRecorder = std::function<std::unique_ptr<GraphRecorder>()>;

  // `encoder`, whose weights lie on `device`, must outlive this. Waits for what was asked of the device's
  // current stream. From now on this process computes fp32 on GPUs in fp32, not in TF32, and adds products of
  // bf16 up in fp32.
  GpuEncoder(const VisualEncoder& encoder, c10::Device device, MakeRecorder make_recorder);

  // One result for each input; all have one size. More than kLargestBucket are encoded one part after the
  // other. Throws what LibTorch throws.
  std::vector<DenseFeatures> Encode(const std::vector<NetworkInput>& inputs) const;

 private:
  std::unique_ptr<EncoderLane> TakeLane() const;
  c10::Stream TakeStream() const;
  void GiveBack(std::unique_ptr<EncoderLane> lane) const;
  void Discard(std::unique_ptr<EncoderLane> lane) const;  // one that threw

  const VisualEncoder& encoder_;
  const c10::Device device_;
  const MakeRecorder make_recorder_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<EncoderLane>> idle_lanes_;  // guarded by mutex_
  mutable std::vector<c10::Stream> idle_streams_;                 // those of lanes that failed; likewise
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_GPU_ENCODER_H_
