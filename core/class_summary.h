#ifndef PIXELCLIP_CORE_CLASS_SUMMARY_H_
#define PIXELCLIP_CORE_CLASS_SUMMARY_H_

#include <cstdint>
#include <vector>

#include "core/image/image.h"
#include "core/segmentation.h"

namespace pixelclip {

// Counts what each class gets of a picture while its parts are labelled. Not thread-safe: threads count by
// themselves and merge.
class ClassTally {
 public:
  // For labels 0 .. labels - 1.
  explicit ClassTally(int labels) : counts_(labels) {}

  // Counts the pixels [x, x + width) of row y. Labels must be below those that this tally is for.
  void AddRow(int x, int y, int width, const uint16_t* labels, const float* scores);

  // Takes in a tally for as many labels. The result does not depend on the order of several, not even in a
  // bit, for pictures of up to 2^30 pixels.
  void Merge(const ClassTally& other);

  // One entry a label, without names.
  std::vector<ClassSummary> Summarize() const;

 private:
  struct Count {
    int64_t pixels = 0;
    double score_sum = 0;
    int left = 0, right = -1, top = 0, bottom = -1;  // inclusive
  };

  std::vector<Count> counts_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CLASS_SUMMARY_H_
