#ifndef PIXELCLIP_CORE_IMAGE_OVERLAY_H_
#define PIXELCLIP_CORE_IMAGE_OVERLAY_H_

#include "core/image/image.h"
#include "core/segmentation.h"

namespace pixelclip {

struct OverlayOptions {
  // How much of a pixel is the class's colour, 0 to 1.
  double opacity = 0.5;
  // Lines along the borders between classes, in the class's full colour.
  bool draw_borders = true;
  // The legend to the right of the photo.
  bool draw_legend = true;
  // Classes in the legend; the rest become "and N more". Fewer if the photo is not high enough for them.
  int max_legend_rows = 16;
};

// The photo with its classes coloured (see ColorOf in palette.h) and, to the right, a legend: colour, name
// and share in percent, the largest class first, the background last and without a colour, classes without
// pixels left out. The photo keeps its pixels' size and stands in the upper left corner; lines and letters
// grow with it. Names that are not ASCII are transliterated.
//
// Pixels outside of the label map, or whose label has no class, stay as they are.
// REQUIRES: a photo of at least 1x1 and a valid label map. Thread-safe.
Image DrawOverlay(const Image& photo, const Segmentation& result, const OverlayOptions& options = {});

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_OVERLAY_H_
