#include "core/image/png.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/png_file.h"
#include "core/image/image_header.h"

namespace pixelclip {
namespace {

// The header's bit depth and colour type stand at fixed places, as IHDR is the first chunk.
constexpr size_t kBitDepthOffset = 24;
constexpr size_t kColorTypeOffset = 25;
constexpr uint32_t kGrayWithoutAlpha = 0;

absl::StatusOr<std::string> Encode(const cv::Mat& pixels) {
  try {
    std::vector<uint8_t> png;
    // Without parameters OpenCV takes zlib's fastest level and its run-length strategy.
    if (cv::imencode(".png", pixels, png)) return std::string(png.begin(), png.end());
  } catch (const cv::Exception& error) {
    return absl::InternalError(absl::StrCat("PNG encoder: ", error.err));
  }
  return absl::InternalError("PNG encoder failed");
}

template <typename Picture, typename Values>
absl::Status CheckValues(const Picture& picture, const Values& values, size_t channels) {
  const bool valid =
      picture.width >= 1 && picture.height >= 1 && values.size() == channels * picture.width * picture.height;
  if (valid) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("PNG encoder: ", values.size(), " values for ", picture.width, "x",
                                          picture.height, " pixels of ", channels));
}

// The readers of files speak of a request's picture; this one is not.
absl::Status NotAGrayPng(const absl::Status& error) {
  return absl::InvalidArgumentError(
      absl::StrCat("grey PNG: ", absl::StripPrefix(error.message(), "image.encoded: ")));
}

// The picture as it is stored: CV_8UC1 or CV_16UC1.
absl::StatusOr<cv::Mat> DecodeStored(std::string_view png, const DecodeLimits& limits) {
  const absl::StatusOr<ImageHeader> header = ReadImageHeader(png);
  if (!header.ok()) return NotAGrayPng(header.status());
  if (header->format != ImageFormat::kPng) {
    return absl::InvalidArgumentError(absl::StrCat("grey PNG: is a ", FormatName(header->format), " file"));
  }
  if (!limits.Admits(header->width, header->height)) {
    return absl::InvalidArgumentError(absl::StrCat("grey PNG: ", header->width, "x", header->height,
                                                   " pixels; at most ", limits.max_pixels, " and ",
                                                   limits.max_side, " a side are allowed"));
  }
  const absl::StatusOr<std::string> chunks = PixelChunksOfPng(png);
  if (!chunks.ok()) return NotAGrayPng(chunks.status());
  const FileBytes reader(*chunks, ByteOrder::kBigEndian);
  const uint32_t bits = reader.U8(kBitDepthOffset);
  const uint32_t color_type = reader.U8(kColorTypeOffset);
  if (color_type != kGrayWithoutAlpha || (bits != 8 && bits != 16)) {
    return absl::InvalidArgumentError(absl::StrCat("grey PNG: has colour type ", color_type, " and ", bits,
                                                   " bits; must be 0, grey, and 8 or 16"));
  }
  try {
    const cv::Mat input(1, static_cast<int>(chunks->size()), CV_8UC1, const_cast<char*>(chunks->data()));
    const cv::Mat stored = cv::imdecode(input, cv::IMREAD_UNCHANGED);
    if (stored.channels() == 1 && stored.isContinuous() && !stored.empty()) return stored;
  } catch (const cv::Exception&) {
  }
  return absl::InvalidArgumentError("grey PNG: its data are corrupt");
}

}  // namespace

absl::StatusOr<std::string> EncodePng(const LabelMap& labels) {
  if (absl::Status status = CheckValues(labels, labels.labels, 1); !status.ok()) return status;
  const cv::Mat wide(labels.height, labels.width, CV_16UC1, const_cast<uint16_t*>(labels.labels.data()));
  if (*std::max_element(labels.labels.begin(), labels.labels.end()) > 255) return Encode(wide);
  cv::Mat narrow;
  wide.convertTo(narrow, CV_8UC1);
  return Encode(narrow);
}

absl::StatusOr<std::string> EncodePng(const GrayImage& image) {
  if (absl::Status status = CheckValues(image, image.pixels, 1); !status.ok()) return status;
  return Encode(cv::Mat(image.height, image.width, CV_8UC1, const_cast<uint8_t*>(image.pixels.data())));
}

absl::StatusOr<std::string> EncodePng(const Image& image) {
  if (absl::Status status = CheckValues(image, image.pixels, 3); !status.ok()) return status;
  const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.pixels.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return Encode(bgr);
}

absl::StatusOr<LabelMap> DecodeLabelPng(std::string_view png, const DecodeLimits& limits) {
  const absl::StatusOr<cv::Mat> stored = DecodeStored(png, limits);
  if (!stored.ok()) return stored.status();
  LabelMap map;
  map.width = stored->cols;
  map.height = stored->rows;
  if (stored->depth() == CV_8U) {
    map.labels.assign(stored->begin<uint8_t>(), stored->end<uint8_t>());
  } else {
    map.labels.assign(stored->begin<uint16_t>(), stored->end<uint16_t>());
  }
  return map;
}

absl::StatusOr<GrayImage> DecodeGrayPng(std::string_view png, const DecodeLimits& limits) {
  const absl::StatusOr<cv::Mat> stored = DecodeStored(png, limits);
  if (!stored.ok()) return stored.status();
  if (stored->depth() != CV_8U) return absl::InvalidArgumentError("grey PNG: has 16 bits; must be 8");
  GrayImage image;
  image.width = stored->cols;
  image.height = stored->rows;
  image.pixels.assign(stored->data, stored->data + stored->total());
  return image;
}

}  // namespace pixelclip
