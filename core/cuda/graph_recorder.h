#ifndef PIXELCLIP_CORE_CUDA_GRAPH_RECORDER_H_
#define PIXELCLIP_CORE_CUDA_GRAPH_RECORDER_H_

#include <functional>
#include <memory>

namespace pixelclip {

// Work of a GPU that was recorded once and runs again by a single call, in place of one for each kernel.
class RecordedGraph {
 public:
  virtual ~RecordedGraph() = default;

  // Asks for it on the current stream, without waiting for its end. It reads and writes the very memory that
  // it was recorded with. Throws what LibTorch throws.
  virtual void Replay() = 0;
};

// Records graphs. All graphs of one recorder share the memory that their work takes and gives back, so they
// must run one after the other: on one stream. Not thread-safe, but several recorders may be used at once.
class GraphRecorder {
 public:
  virtual ~GraphRecorder() = default;

  // Records what `work` asks of the current stream, which must not be the device's default one. Tensors that
  // `work` makes and that outlive it have their values after each Replay, not before. `work` must not wait
  // for the device, and should have run on this stream before, as what LibTorch prepares at a first run
  // cannot be recorded. Throws what LibTorch and `work` throw.
  virtual std::unique_ptr<RecordedGraph> Record(const std::function<void()>& work) = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_GRAPH_RECORDER_H_
