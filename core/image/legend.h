#ifndef PIXELCLIP_CORE_IMAGE_LEGEND_H_
#define PIXELCLIP_CORE_IMAGE_LEGEND_H_

#include <vector>

#include "core/image/image.h"
#include "core/segmentation.h"

namespace pixelclip {

// A white panel that lists classes from the top: colour, name, share. It is `photo_height` high, or as high
// as its first few rows need; letters have a size that suits a photo of photo_width x photo_height pixels. An
// image without pixels if no class has any.
Image DrawLegend(const std::vector<ClassSummary>& classes, int photo_width, int photo_height, int max_rows);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_LEGEND_H_
