#include "core/cuda/batch_bucket.h"

#include <gtest/gtest.h>

#include <set>

namespace pixelclip {
namespace {

TEST(BatchBucket, HoldsItsBatchAndWastesAFifthAtMost) {
  std::set<int> buckets;
  for (int batch = 1; batch <= kLargestBucket; ++batch) {
    const int bucket = BucketOf(batch);
    EXPECT_GE(bucket, batch);
    EXPECT_LE(5 * (bucket - batch), bucket) << batch;
    EXPECT_EQ(BucketOf(bucket), bucket);
    buckets.insert(bucket);
  }
  EXPECT_EQ(buckets, (std::set<int>{1,  2,  3,  4,  5,  6,  7,  8,  10, 12, 14,  16,
                                    20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128}));
}

}  // namespace
}  // namespace pixelclip
