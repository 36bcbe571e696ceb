#include "trainer/data/example_maker.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/data/mask_edits.h"

namespace pixelclip {
namespace {

// Keeps the order of pictures and what is done to them apart.
constexpr uint64_t kOrderKey = 1;

}  // namespace

ExampleMaker::ExampleMaker(const MaskSource* source, const AugmentationSettings& augmentation, int mask_side,
                           uint64_t seed, int max_bad)
    : source_(source),
      augmentation_(augmentation),
      mask_side_(mask_side),
      seed_(seed),
      max_bad_(max_bad),
      order_(MixBits(seed ^ kOrderKey), source->size()) {}

MadeExample ExampleMaker::Make(int64_t index, const std::atomic<bool>& stopping) const {
  MadeExample made;
  const size_t limit = std::min(max_bad_ + 1, source_->size());
  for (int64_t place = index; made.bad.size() < limit && !stopping; ++place) {
    const size_t picture = order_[place];
    const bool is_known = std::any_of(made.bad.begin(), made.bad.end(),
                                      [picture](const BadPicture& bad) { return bad.index == picture; });
    if (is_known) continue;  // the next epoch has begun
    absl::StatusOr<TrainingExample> example = FromPicture(picture, index);
    if (example.ok()) {
      made.example = *std::move(example);
      break;
    }
    made.bad.push_back({picture, source_->name(picture), example.status()});
  }
  return made;
}

absl::StatusOr<TrainingExample> ExampleMaker::FromPicture(size_t picture, int64_t index) const {
  absl::StatusOr<MaskedPicture> read = source_->Read(picture);
  if (!read.ok()) return read.status();
  try {
    Random random(seed_, static_cast<uint64_t>(index));
    Views views = MakeViews(read->image, augmentation_, random);
    absl::StatusOr<MaskStack> masks = read->masks->Sample(views.crop, mask_side_);
    if (!masks.ok()) return masks.status();
    if (augmentation_.cut_masks) {
      masks = CutFromMasks(*std::move(masks), views.cut_out, augmentation_.crop_side);
    }
    return TrainingExample{std::move(read->name), augmentation_.crop_side, std::move(views.weak.pixels),
                           std::move(views.strong.pixels), DropEmptyMasks(*std::move(masks))};
  } catch (const cv::Exception& error) {
    return absl::InternalError(absl::StrCat("OpenCV: ", error.what()));
  }
}

}  // namespace pixelclip
