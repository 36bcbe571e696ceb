#include "trainer/data/augmentation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/image/resize.h"
#include "trainer/data/colour_distortion.h"
#include "trainer/data/colour_jitter.h"
#include "trainer/data/picture_edits.h"

namespace pixelclip {
namespace {

constexpr int kMaxSide = 8192;
constexpr int kMaxCropSide = 4096;
constexpr double kMaxSigma = 100;

// CLIP's mean colour.
constexpr std::array<uint8_t, 3> kPadding = {123, 117, 104};

// Which pixels of the resized picture are kept.
struct Placement {
  Size resized;
  Box part;
};

Placement PlaceCrop(const Image& image, const AugmentationSettings& settings, Random& random) {
  const Size size = ShortestEdgeSize(image.width, image.height, settings.short_side, settings.max_long_side);
  Box part;
  part.width = std::min(size.width, settings.crop_side);
  part.height = std::min(size.height, settings.crop_side);
  part.x = random.Integer(0, size.width - part.width);
  part.y = random.Integer(0, size.height - part.height);
  return {size, part};
}

Image JitterColours(Image image, const AugmentationSettings& settings, Random& random) {
  const auto factor = [&random](double strength) { return random.Uniform(1 - strength, 1 + strength); };
  const double brightness = factor(settings.jitter_brightness);
  const double contrast = factor(settings.jitter_contrast);
  const double saturation = factor(settings.jitter_saturation);
  const double turns = random.Uniform(-settings.jitter_hue, settings.jitter_hue);
  std::array<int, 4> order = {0, 1, 2, 3};
  for (int i = 3; i > 0; --i) std::swap(order[i], order[random.Integer(0, i)]);
  for (const int change : order) {
    if (change == 0) image = AdjustBrightness(std::move(image), brightness);
    if (change == 1) image = AdjustContrast(std::move(image), contrast);
    if (change == 2) image = AdjustSaturation(std::move(image), saturation);
    if (change == 3) image = RotateHue(std::move(image), turns);
  }
  return image;
}

Box PlaceCutOut(const Image& image, const AugmentationSettings& settings, Random& random) {
  Box box;
  box.width = static_cast<int>(image.width * random.Uniform(settings.cut_out_min, settings.cut_out_max));
  box.height = static_cast<int>(image.height * random.Uniform(settings.cut_out_min, settings.cut_out_max));
  box.x = random.Integer(0, image.width - box.width);
  box.y = random.Integer(0, image.height - box.height);
  return box;
}

// `minimum` <= value <= `maximum`, which NaN is not.
absl::Status CheckRange(std::string_view field, double value, double minimum, double maximum) {
  if (value >= minimum && value <= maximum) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("augmentation.%s: %g is not from %g to %g", field, value, minimum, maximum));
}

}  // namespace

absl::Status CheckAugmentation(const AugmentationSettings& settings) {
  absl::Status status;
  status.Update(CheckRange("short_side", settings.short_side, 1, kMaxSide));
  status.Update(CheckRange("max_long_side", settings.max_long_side, settings.short_side, kMaxSide));
  status.Update(CheckRange("crop_side", settings.crop_side, 1, kMaxCropSide));
  status.Update(CheckRange("flip_chance", settings.flip_chance, 0, 1));
  status.Update(CheckRange("jitter_chance", settings.jitter_chance, 0, 1));
  status.Update(CheckRange("jitter_brightness", settings.jitter_brightness, 0, 1));
  status.Update(CheckRange("jitter_contrast", settings.jitter_contrast, 0, 1));
  status.Update(CheckRange("jitter_saturation", settings.jitter_saturation, 0, 1));
  status.Update(CheckRange("jitter_hue", settings.jitter_hue, 0, 0.5));
  status.Update(CheckRange("grey_chance", settings.grey_chance, 0, 1));
  status.Update(CheckRange("blur_chance", settings.blur_chance, 0, 1));
  status.Update(CheckRange("blur_sigma_max", settings.blur_sigma_max, 0.01, kMaxSigma));
  status.Update(CheckRange("blur_sigma_min", settings.blur_sigma_min, 0.01, settings.blur_sigma_max));
  status.Update(CheckRange("cut_out_max", settings.cut_out_max, 0, 1));
  status.Update(CheckRange("cut_out_min", settings.cut_out_min, 0, settings.cut_out_max));
  return status;
}

Views MakeViews(const Image& image, const AugmentationSettings& settings, Random& random) {
  const auto [resized, part] = PlaceCrop(image, settings, random);
  const int side = settings.crop_side;
  const double scale_x = static_cast<double>(image.width) / resized.width;
  const double scale_y = static_cast<double>(image.height) / resized.height;
  Views views;
  views.crop = {part.x * scale_x,
                part.y * scale_y,
                side * scale_x,
                side * scale_y,
                random.Chance(settings.flip_chance),
                side};

  Image weak = ResizePart(image, resized, part);
  if (settings.distort_colours) weak = DistortColours(std::move(weak), random);
  if (views.crop.flipped) weak = Flip(std::move(weak));

  Image strong = weak;
  if (settings.strong_view) {
    if (random.Chance(settings.jitter_chance)) strong = JitterColours(std::move(strong), settings, random);
    if (random.Chance(settings.grey_chance)) strong = ToGrey(std::move(strong));
    if (random.Chance(settings.blur_chance)) {
      strong = Blur(std::move(strong), random.Uniform(settings.blur_sigma_min, settings.blur_sigma_max));
    }
    views.cut_out = PlaceCutOut(strong, settings, random);
    strong = Blacken(std::move(strong), views.cut_out);
  }

  if (views.crop.flipped) views.cut_out.x += side - part.width;
  views.weak = Pad(std::move(weak), side, side, views.crop.flipped, kPadding);
  views.strong = Pad(std::move(strong), side, side, views.crop.flipped, kPadding);
  return views;
}

}  // namespace pixelclip
