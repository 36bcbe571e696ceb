#ifndef PIXELCLIP_TESTS_TRAINER_DATA_PUPPET_SOURCE_H_
#define PIXELCLIP_TESTS_TRAINER_DATA_PUPPET_SOURCE_H_

#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/image/box.h"
#include "tests/testing/pictures.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip::testing {

// Each mask is a rectangle of the picture.
class BoxMasks : public PictureMasks {
 public:
  explicit BoxMasks(std::vector<Box> boxes) : boxes_(std::move(boxes)) {}

  absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const override {
    MaskStack stack{static_cast<int>(boxes_.size()), side, {}};
    for (const Box& box : boxes_) {
      for (int i = 0; i < side; ++i) {
        const double y = std::floor(crop.y + (i + 0.5) * crop.height / side);
        for (int j = 0; j < side; ++j) {
          const int column = crop.flipped ? side - 1 - j : j;
          const double x = std::floor(crop.x + (column + 0.5) * crop.width / side);
          stack.pixels.push_back(x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height);
        }
      }
    }
    return stack;
  }

 private:
  std::vector<Box> boxes_;
};

class BrokenMasks : public PictureMasks {
 public:
  absl::StatusOr<MaskStack> Sample(const Crop&, int) const override {
    return absl::DataLossError("annotations[3]: its runs are broken");
  }
};

// Pictures of noise, "picture 0" and so on, each with a mask over its left half and one over all of it.
class PuppetSource : public MaskSource {
 public:
  explicit PuppetSource(size_t size) : size_(size) {}

  std::set<size_t> unreadable;
  std::set<size_t> broken_masks;
  std::set<size_t> without_masks;
  std::function<void()> on_read = [] {};  // called by the threads that read

  size_t size() const override { return size_; }
  std::string name(size_t index) const override { return absl::StrCat("picture ", index); }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    on_read();
    if (unreadable.count(index) > 0) return absl::NotFoundError(absl::StrCat(name(index), " is missing"));
    MaskedPicture picture{name(index), Noise(kWidth, kHeight, index), nullptr};
    if (broken_masks.count(index) > 0) {
      picture.masks = std::make_unique<BrokenMasks>();
    } else if (without_masks.count(index) > 0) {
      picture.masks = std::make_unique<BoxMasks>(std::vector<Box>());
    } else {
      picture.masks =
          std::make_unique<BoxMasks>(std::vector<Box>{{0, 0, kWidth / 2, kHeight}, {0, 0, kWidth, kHeight}});
    }
    return picture;
  }

 private:
  static constexpr int kWidth = 40;
  static constexpr int kHeight = 30;

  const size_t size_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_DATA_PUPPET_SOURCE_H_
