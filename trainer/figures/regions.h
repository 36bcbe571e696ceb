#ifndef PIXELCLIP_TRAINER_FIGURES_REGIONS_H_
#define PIXELCLIP_TRAINER_FIGURES_REGIONS_H_

#include <cstdint>
#include <vector>

#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// The label of pixels that belong to no region.
inline constexpr uint16_t kNoRegion = 0xffff;

// What is painted where: pixels of mask i get labels[i], or nothing for -1; a smaller mask lies over a larger
// one. REQUIRES: masks.count labels, each below kNoRegion.
LabelMap RegionsOf(const MaskStack& masks, const std::vector<int>& labels);

LabelMap ResizeNearest(const LabelMap& map, int width, int height);

// The photo with each region in its label's colour (core/image/palette.h) and a line along its border; the
// regions are stretched over the photo.
Image PaintRegions(const Image& photo, const LabelMap& regions);

// Draws a dark line around the pixels of `label`, but for specks. REQUIRES: regions of the photo's size.
void OutlineRegion(const LabelMap& regions, uint16_t label, Image& photo);

// Where a label can be written on a region.
struct RegionSpot {
  uint16_t label = 0;
  double x = 0,
         y = 0;     // the centre of the largest disc inside the region, from 0 to 1 of the picture's sides
  double room = 0;  // the disc's diameter, in picture widths
};

// One spot for each label that has at least `least_share` of the picture.
std::vector<RegionSpot> FindSpots(const LabelMap& regions, double least_share);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_REGIONS_H_
