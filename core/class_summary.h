#ifndef PIXELCLIP_CORE_CLASS_SUMMARY_H_
#define PIXELCLIP_CORE_CLASS_SUMMARY_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/segmentation.h"

namespace pixelclip {

// What each class got of a labelled picture: one entry a name, whose label is its index. Labels must be below
// names.size(); `scores` is the best score of each pixel, of the label map's size.
std::vector<ClassSummary> SummarizeClasses(const LabelMap& labels, const std::vector<float>& scores,
                                           const std::vector<std::string>& names);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CLASS_SUMMARY_H_
