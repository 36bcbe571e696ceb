#include "client/load/synthetic_picture.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

constexpr int kLongestSide = 16384;
constexpr int kQuality = 90;

// Octaves of noise, each of half the strength and twice the detail of the one before.
cv::Mat MakeNoise(cv::Size size) {
  cv::RNG random(1);
  cv::Mat sum = cv::Mat(size, CV_32FC3, cv::Scalar::all(128));
  double strength = 48;
  for (int cells = 4; cells <= 256; cells *= 2, strength /= 2) {
    cv::Mat coarse(cells, cells, CV_32FC3);
    random.fill(coarse, cv::RNG::NORMAL, 0, strength);
    cv::Mat smooth;
    cv::resize(coarse, smooth, size, 0, 0, cv::INTER_LINEAR);
    sum += smooth;
  }
  cv::Mat pixels;
  sum.convertTo(pixels, CV_8UC3);
  return pixels;
}

}  // namespace

absl::StatusOr<std::string> MakeSyntheticJpeg(int width, int height) {
  if (width < 1 || height < 1 || width > kLongestSide || height > kLongestSide) {
    return absl::InvalidArgumentError(
        absl::StrCat("a picture of ", width, "x", height, " pixels: sides are 1 to ", kLongestSide));
  }
  try {
    std::vector<uint8_t> jpeg;
    if (cv::imencode(".jpg", MakeNoise({width, height}), jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality})) {
      return std::string(jpeg.begin(), jpeg.end());
    }
    return absl::InternalError("cannot encode a JPEG");
  } catch (const cv::Exception& error) {
    return absl::InternalError(absl::StrCat("cannot encode a JPEG: ", error.what()));
  }
}

}  // namespace pixelclip
