// Feeds broken versions of every sample file to the decoder. Whatever a file says, it may neither crash the
// process nor yield a picture beyond the limits. Worth running with the preset asan.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/image/decode.h"
#include "core/image/png.h"
#include "core/image/rle.h"
#include "tests/core/image/image_files.h"

namespace pixelclip {
namespace {

constexpr DecodeLimits kLimits = {20000, 1000};

// libpng and libjpeg print a line for each broken file; of those only the sanitizers' matter.
class QuietStderr {
 public:
  QuietStderr() { testing::internal::CaptureStderr(); }
  ~QuietStderr() {
    const std::string output = testing::internal::GetCapturedStderr();
    const size_t finding = output.find("runtime error");
    EXPECT_EQ(finding, std::string::npos) << output.substr(output.rfind('\n', finding) + 1, 1000);
  }
};

std::vector<std::string> SampleNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PIXELCLIP_TEST_DATA "/image")) {
    const std::string extension = entry.path().extension();
    if (entry.is_regular_file() && extension != ".ppm" && extension != ".py") {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());  // the mutations below must not depend on the folder's order
  return names;
}

void ExpectWithinLimits(std::string_view file, const std::string& what) {
  const absl::StatusOr<Image> image = DecodeImage(file, kLimits);
  if (!image.ok()) {
    EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument) << what << ": " << image.status();
    return;
  }
  EXPECT_LE(int64_t{image->width} * image->height, kLimits.max_pixels) << what;
  EXPECT_EQ(image->pixels.size(), size_t{3} * image->width * image->height) << what;
}

TEST(DecodeImageRobustness, HasSamplesOfEveryFormat) { EXPECT_GE(SampleNames().size(), 40u); }

TEST(DecodeImageRobustness, NeverPassesATruncatedPictureOff) {
  const QuietStderr quiet;
  for (const std::string& name : SampleNames()) {
    const std::string file = ReadImageFile(name);
    const absl::StatusOr<Image> whole = DecodeImage(file);
    for (size_t length = 0; length < file.size(); ++length) {
      const absl::StatusOr<Image> image = DecodeImage(std::string_view(file).substr(0, length), kLimits);
      if (!image.ok()) continue;  // else only padding was cut off
      ASSERT_TRUE(whole.ok()) << name;
      EXPECT_EQ(image->pixels, whole->pixels) << name << " cut to " << length << " of " << file.size();
    }
  }
}

TEST(DecodeImageRobustness, SurvivesFlippedBytes) {
  const QuietStderr quiet;
  std::mt19937 random(20240607);
  for (const std::string& name : SampleNames()) {
    const std::string file = ReadImageFile(name);
    for (int round = 0; round < 400; ++round) {
      std::string broken = file;
      // Half of the mutations go to the first bytes, where the sizes and offsets are.
      const size_t reach = round % 2 ? file.size() : std::min<size_t>(file.size(), 160);
      for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
        const uint32_t kind = random() % 4;
        char& byte = broken[random() % reach];
        byte = static_cast<char>(kind == 0   ? 0
                                 : kind == 1 ? 0xFF
                                 : kind == 2 ? byte ^ (1 << random() % 8)
                                             : random());
      }
      ExpectWithinLimits(broken, name + " round " + std::to_string(round));
    }
  }
}

// The directory of a TIFF file stands at its end: aim there, and at whole 32-bit values.
TEST(DecodeImageRobustness, SurvivesStrangeTiffTags) {
  const QuietStderr quiet;
  std::mt19937 random(99);
  constexpr uint32_t kStrange[] = {0,  1,   2,     3,     4,          8,          16,
                                   32, 255, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  for (const std::string& name : SampleNames()) {
    if (name.find(".tiff") == std::string::npos) continue;
    const std::string file = ReadImageFile(name);
    const auto at = [&file](size_t i) { return size_t{static_cast<uint8_t>(file[i])}; };
    const size_t directory = at(4) | at(5) << 8 | at(6) << 16 | at(7) << 24;
    const size_t entries = at(directory) | at(directory + 1) << 8;
    for (int round = 0; round < 1000; ++round) {
      std::string broken = file;
      for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
        const size_t field = directory + 2 + random() % entries * 12 + random() % 3 * 4;
        const uint32_t value = kStrange[random() % std::size(kStrange)];
        for (int i = 0; i < 4; ++i) broken[field + i] = static_cast<char>(value >> 8 * i);
      }
      ExpectWithinLimits(broken, name + " round " + std::to_string(round));
    }
  }
}

TEST(DecodeLabelPngRobustness, SurvivesFlippedBytes) {
  const QuietStderr quiet;
  std::mt19937 random(5);
  const std::string file = ReadImageFile("gray16.png");
  for (int round = 0; round < 1000; ++round) {
    std::string broken = file;
    broken[random() % broken.size()] = static_cast<char>(random());
    const absl::StatusOr<LabelMap> map = DecodeLabelPng(broken, kLimits);
    if (!map.ok()) continue;
    EXPECT_EQ(map->labels.size(), size_t{1} * map->width * map->height);
  }
}

TEST(DecodeRleRobustness, SurvivesRandomCounts) {
  std::mt19937 random(11);
  int decoded = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string counts;
    for (int i = static_cast<int>(random() % 12); i > 0; --i) {
      counts.push_back(static_cast<char>(random() % 8 ? 48 + random() % 64 : random()));
    }
    decoded += DecodeRle({{3, 4, counts, 0}}, kLimits).ok();
  }
  EXPECT_LT(decoded, 20000);
}

}  // namespace
}  // namespace pixelclip
