#include "core/image/formats/jpeg_pixels.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

namespace pixelclip {
namespace {

// Large enough for its coefficients to be given back while its pixels are made.
constexpr int kSide = 2912;

std::string EncodeProgressiveJpeg() {
  cv::Mat picture(kSide, kSide, CV_8UC3);
  uint32_t noise = 1;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      noise = noise * 1664525 + 1013904223;
      picture.at<cv::Vec3b>(y, x) = {static_cast<uint8_t>(x / 12), static_cast<uint8_t>(y / 12),
                                     static_cast<uint8_t>(128 + (noise >> 28))};
    }
  }
  std::vector<uint8_t> file;
  cv::imencode(".jpg", picture, file, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  return {file.begin(), file.end()};
}

const std::string& ProgressiveJpeg() {
  static const std::string file = EncodeProgressiveJpeg();
  return file;
}

// As libjpeg decodes it when left to itself.
std::vector<uint8_t> DecodedByOpenCv(const std::string& file) {
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<char*>(file.data()));
  const cv::Mat decoded = cv::imdecode(bytes, cv::IMREAD_COLOR);
  std::vector<uint8_t> rgb;
  rgb.reserve(decoded.total() * 3);
  for (const cv::Vec3b& bgr : cv::Mat_<cv::Vec3b>(decoded)) rgb.insert(rgb.end(), {bgr[2], bgr[1], bgr[0]});
  return rgb;
}

void ExpectSamePixels(const std::string& file) {
  Image image{kSide, kSide, {}};
  ASSERT_TRUE(DecodeJpeg(file, image));
  EXPECT_TRUE(image.pixels == DecodedByOpenCv(file));
}

TEST(DecodeJpeg, NeedsNoCoefficientTwice) { ExpectSamePixels(ProgressiveJpeg()); }

// Where scans are missing, libjpeg looks at the blocks above and below to smooth over it.
TEST(DecodeJpeg, NeedsNoCoefficientTwiceToSmooth) {
  const std::string& file = ProgressiveJpeg();
  const size_t second_scan = file.find("\xFF\xDA", file.find("\xFF\xDA") + 2);
  ASSERT_NE(second_scan, std::string::npos);
  ExpectSamePixels(file.substr(0, second_scan) + "\xFF\xD9");
}

TEST(DecodeJpeg, RefusesAnotherSize) {
  Image image{kSide, kSide - 1, {}};
  EXPECT_FALSE(DecodeJpeg(ProgressiveJpeg(), image));
}

}  // namespace
}  // namespace pixelclip
