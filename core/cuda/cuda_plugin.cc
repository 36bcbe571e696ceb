#include "core/cuda/cuda_plugin.h"

#include <ATen/cuda/CUDAGraph.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace pixelclip {
namespace {

// LibTorch records one graph of a process at a time, and keeps all of a device's graphs in one set without a
// lock. Replay touches neither.
std::mutex& RecordingMutex() {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

class CudaGraph : public RecordedGraph {
 public:
  CudaGraph(c10::MempoolId_t pool, const std::function<void()>& work) {
    const std::lock_guard<std::mutex> lock(RecordingMutex());
    // Other threads go on with what they do; only this one must not do what cannot be recorded.
    graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      StopRecording();
      throw;
    }
    graph_.capture_end();
  }

  ~CudaGraph() override {
    const std::lock_guard<std::mutex> lock(RecordingMutex());
    graph_.reset();
  }

  void Replay() override { graph_.replay(); }

 private:
  // The stream is of no use to anybody before.
  void StopRecording() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {  // the one that counts is on its way already
    }
    graph_.reset();
  }

  at::cuda::CUDAGraph graph_;
};

class CudaGraphRecorder : public GraphRecorder {
 public:
  std::unique_ptr<RecordedGraph> Record(const std::function<void()>& work) override {
    return std::make_unique<CudaGraph>(pool_, work);
  }

 private:
  const c10::MempoolId_t pool_ = at::cuda::graph_pool_handle();
};

std::unique_ptr<GraphRecorder> MakeRecorder() { return std::make_unique<CudaGraphRecorder>(); }

bool HasBf16(c10::Device gpu) {
  constexpr int kAmpere = 8;
  int major = 0;
  return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, gpu.index()) == cudaSuccess &&
         major >= kAmpere;
}

}  // namespace
}  // namespace pixelclip

extern "C" __attribute__((visibility("default"))) const pixelclip::CudaPlugin PixelclipCudaPlugin;
const pixelclip::CudaPlugin PixelclipCudaPlugin = {pixelclip::MakeRecorder, pixelclip::HasBf16};
