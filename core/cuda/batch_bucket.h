#ifndef PIXELCLIP_CORE_CUDA_BATCH_BUCKET_H_
#define PIXELCLIP_CORE_CUDA_BATCH_BUCKET_H_

namespace pixelclip {

// Batches are encoded in a few sizes, each recorded once: 1 to 8, then four to each doubling. A batch takes
// the next larger one, whose other places then hold what nobody looks at: a fifth of it at most.
inline constexpr int kLargestBucket = 128;

// REQUIRES: 1 <= batch <= kLargestBucket.
inline int BucketOf(int batch) {
  int step = 1;
  while (8 * step < batch) step *= 2;
  return (batch + step - 1) / step * step;
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CUDA_BATCH_BUCKET_H_
