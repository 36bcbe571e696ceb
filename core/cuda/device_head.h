#ifndef PIXELCLIP_CORE_CUDA_DEVICE_HEAD_H_
#define PIXELCLIP_CORE_CUDA_DEVICE_HEAD_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

// The head, from dense features to labels, where the features are: core/score_grid.h and core/label_pixels.h
// as LibTorch's operations, on any device. All tensors of a call lie on one. Any thread may call these; they
// throw what LibTorch throws.
namespace pixelclip {

// What MakeScoreGrid computes, but for rounding. features: [h, w, D] float32; embeddings: [K, D] float32,
// unit vectors. Returns [K, 64, 64] float32.
at::Tensor ScorePlanes(const at::Tensor& features, const at::Tensor& embeddings);

struct DeviceLabels {
  at::Tensor labels;  // [height, width] int64
  at::Tensor scores;  // [height, width] float32
};

// LabelPixels of `planes`, [K, h, w] float32. Scores are the same but for a millionth of the largest absolute
// score, and labels but where two candidates are as close to each other as that: kernels differ in how they
// round. Of candidates that are equal at the grid points around a pixel, the lowest index wins. Waits for the
// device once.
//
// No [K, height, width] array ever exists: candidates that cannot win anywhere are left out, and the others
// are upsampled a few at a time, at most `max_values` values, or one candidate, at once. REQUIRES: K >= 1.
DeviceLabels LabelOnDevice(const at::Tensor& planes, int64_t width, int64_t height,
                           int64_t max_values = int64_t{1} << 26);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_DEVICE_HEAD_H_
