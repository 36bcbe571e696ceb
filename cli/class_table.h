#ifndef PIXELCLIP_CLI_CLASS_TABLE_H_
#define PIXELCLIP_CLI_CLASS_TABLE_H_

#include <string>

#include "cli/console.h"
#include "core/segmentation.h"

namespace pixelclip {

// The classes of one answer, the largest first: name, share of the picture, mean score. In long lists, the
// classes without pixels are only counted. With colours, each class has a swatch of its colour in the
// overlay.
std::string FormatClassTable(const Segmentation& segmentation, ColorMode color, int columns);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_CLASS_TABLE_H_
