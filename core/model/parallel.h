#ifndef PIXELCLIP_CORE_MODEL_PARALLEL_H_
#define PIXELCLIP_CORE_MODEL_PARALLEL_H_

#include <cstdint>
#include <functional>

namespace pixelclip {

// Calls work(first, count) for parts of [0, total), on the threads that LibTorch gives this one
// (SetComputeThreads), and returns when all are done; on this thread alone if there are fewer than `grain`.
// at::parallel_for is serial in files that are compiled without OpenMP, as all of this project's are. Modes
// such as c10::InferenceMode do not reach the other threads. Throws what `work` throws.
void ForRanges(int64_t total, int64_t grain, const std::function<void(int64_t first, int64_t count)>& work);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_PARALLEL_H_
