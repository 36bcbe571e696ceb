#include "trainer/masks/label_map_masks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/checkpoint/problem.h"
#include "trainer/masks/sampling.h"

namespace pixelclip {
namespace {

class LabelMapMasks : public PictureMasks {
 public:
  LabelMapMasks(LabelMap labels, int count, const MaskPlacement& placement)
      : labels_(std::move(labels)), count_(count), placement_(placement) {}

  absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const override {
    absl::StatusOr<MaskStack> stack = EmptyStack(count_, crop, side);
    if (!stack.ok()) return stack.status();
    const SamplingGrid grid = PlaceGrid(crop, side, placement_);
    const size_t plane = static_cast<size_t>(side) * side;
    for (int j = 0; j < side; ++j) {
      if (grid.rows[j] < 0) continue;
      const uint16_t* row = labels_.labels.data() + static_cast<size_t>(grid.rows[j]) * labels_.width;
      for (int i = 0; i < side; ++i) {
        if (grid.columns[i] < 0) continue;
        const uint16_t label = row[grid.columns[i]];
        if (label == kNoMask) continue;
        stack->pixels[label * plane + static_cast<size_t>(j) * side + (crop.flipped ? side - 1 - i : i)] = 1;
      }
    }
    return stack;
  }

 private:
  const LabelMap labels_;
  const int count_;
  const MaskPlacement placement_;
};

// Numbers the masks anew by their area; returns how many there are.
int SortByArea(LabelMap& map, int64_t min_pixels) {
  std::vector<int64_t> areas(kNoMask);
  for (const uint16_t label : map.labels) {
    if (label != kNoMask) ++areas[label];
  }
  std::vector<uint16_t> order;
  for (int label = 0; label < kNoMask; ++label) {
    if (areas[label] >= std::max<int64_t>(min_pixels, 1)) order.push_back(static_cast<uint16_t>(label));
  }
  std::stable_sort(order.begin(), order.end(), [&](uint16_t a, uint16_t b) { return areas[a] > areas[b]; });
  std::vector<uint16_t> numbers(kNoMask + 1, kNoMask);
  for (size_t i = 0; i < order.size(); ++i) numbers[order[i]] = static_cast<uint16_t>(i);
  for (uint16_t& label : map.labels) label = numbers[label];
  return static_cast<int>(order.size());
}

}  // namespace

absl::StatusOr<std::unique_ptr<const PictureMasks>> MakeLabelMapMasks(LabelMap labels, int64_t min_pixels,
                                                                      int picture_width, int picture_height) {
  const MaskPlacement placement = {labels.width, labels.height, picture_width, picture_height};
  if (absl::Status status = CheckPlacement(placement); !status.ok()) return status;
  const int count = SortByArea(labels, min_pixels);
  if (count > kMaxMasksPerPicture) {
    return Invalid(count, " masks; at most ", kMaxMasksPerPicture, " are allowed");
  }
  return std::make_unique<LabelMapMasks>(std::move(labels), count, placement);
}

}  // namespace pixelclip
