#include "trainer/evaluate/confusion_files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/image/image.h"
#include "core/image/palette.h"
#include "core/image/png.h"

namespace pixelclip {
namespace {

// About as many pixels a side as a picture gets on a screen; each class at least one.
constexpr int kSide = 1000;
constexpr int kLargestSquare = 32;
constexpr Color kNothing = {255, 255, 255};
constexpr Color kEverything = {8, 48, 107};

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

uint8_t Mix(uint8_t from, uint8_t to, double share) {
  return static_cast<uint8_t>(std::lround(from + (to - from) * share));
}

}  // namespace

std::string FormatConfusionCsv(const SetReport& set) {
  std::string csv = "true class";
  for (const std::string& name : set.classes) absl::StrAppend(&csv, ",", Quoted(name));
  absl::StrAppend(&csv, ",no class\r\n");
  for (int truth = 0; truth < set.pixels.classes(); ++truth) {
    absl::StrAppend(&csv, Quoted(set.classes[truth]));
    for (int column = 0; column < set.pixels.columns(); ++column) {
      absl::StrAppend(&csv, ",", set.pixels.at(truth, column));
    }
    absl::StrAppend(&csv, "\r\n");
  }
  return csv;
}

absl::StatusOr<std::string> DrawConfusion(const Confusion& confusion) {
  const int square = std::clamp(kSide / confusion.classes(), 1, kLargestSquare);
  Image image;
  image.width = confusion.columns() * square;
  image.height = confusion.classes() * square;
  image.pixels.resize(size_t{3} * image.width * image.height);
  const std::vector<ClassScore> rows = confusion.PerClass();
  for (int y = 0; y < image.height; ++y) {
    const int truth = y / square;
    const auto total = static_cast<double>(std::max<int64_t>(rows[truth].truth, 1));
    for (int x = 0; x < image.width; ++x) {
      const double share = std::sqrt(static_cast<double>(confusion.at(truth, x / square)) / total);
      uint8_t* pixel = image.pixels.data() + 3 * (size_t{1} * y * image.width + x);
      pixel[0] = Mix(kNothing.red, kEverything.red, share);
      pixel[1] = Mix(kNothing.green, kEverything.green, share);
      pixel[2] = Mix(kNothing.blue, kEverything.blue, share);
    }
  }
  return EncodePng(image);
}

}  // namespace pixelclip
