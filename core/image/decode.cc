#include "core/image/decode.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <utility>

#include "core/image/formats/bmp_file.h"
#include "core/image/formats/encoded_error.h"
#include "core/image/formats/jpeg_file.h"
#include "core/image/formats/jpeg_pixels.h"
#include "core/image/formats/png_file.h"
#include "core/image/formats/tiff_file.h"
#include "core/image/formats/webp_file.h"
#include "core/image/orientation.h"

namespace pixelclip {
namespace {

absl::Status CheckSize(const ImageHeader& header, const DecodeLimits& limits) {
  if (limits.Admits(header.width, header.height)) return absl::OkStatus();
  const std::string what = absl::StrCat(header.width, "x", header.height, " ", FormatName(header.format));
  if (header.Pixels() > limits.max_pixels) {
    return EncodedError(what, " has ", header.Pixels(), " pixels; at most ", limits.max_pixels,
                        " are allowed");
  }
  return EncodedError(what, ": each side may have at most ", limits.max_side, " pixels");
}

// Checks that the file is whole. Returns the bytes for the decoder: `bytes` themselves or, where they hold
// something that it must not see, a changed copy in `copy`.
absl::StatusOr<std::string_view> BytesForDecoder(std::string_view bytes, ImageFormat format,
                                                 const DecodeLimits& limits, std::string& copy) {
  using Result = absl::StatusOr<std::string_view>;
  const auto unchanged = [&](absl::Status status) { return status.ok() ? Result(bytes) : Result(status); };
  const auto changed = [&](absl::StatusOr<std::string> file) {
    if (!file.ok()) return Result(file.status());
    copy = *std::move(file);
    return Result(copy);
  };
  switch (format) {
    case ImageFormat::kJpeg:
      return unchanged(CheckJpegComplete(bytes));
    case ImageFormat::kPng:
      return changed(PixelChunksOfPng(bytes));
    case ImageFormat::kWebp:
      return unchanged(CheckWebpComplete(bytes));
    case ImageFormat::kBmp:
      return unchanged(CheckBmpComplete(bytes));
    case ImageFormat::kTiff:
      return changed(PlainTiff(bytes, limits.max_pixels));
  }
  return absl::InternalError("unknown picture format");
}

void SwapRedAndBlue(Image& image) {
  for (size_t i = 0; i + 2 < image.pixels.size(); i += 3) std::swap(image.pixels[i], image.pixels[i + 2]);
}

// False where OpenCV fails or sees another size than the one that `image` has room for.
bool RunOpenCv(std::string_view bytes, Image& image) {
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  cv::Mat output(image.height, image.width, CV_8UC3, image.pixels.data());
  try {
    return cv::imdecode(input, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION, &output).data ==
           image.pixels.data();
  } catch (const cv::Exception&) {
    return false;
  }
}

// Lets OpenCV decode into `image`, whose size is the stored one. False where that fails.
bool DecodeByOpenCv(std::string_view bytes, Image& image) {
  // Where OpenCV cannot read a header, it answers the output as it was, as if that were the picture. Pixels
  // that are left alone whatever they were before are no picture.
  for (const uint8_t before : {uint8_t{0}, uint8_t{255}}) {
    image.pixels.assign(size_t{3} * image.width * image.height, before);
    if (!RunOpenCv(bytes, image)) return false;
    const auto written = [before](uint8_t value) { return value != before; };
    if (std::none_of(image.pixels.begin(), image.pixels.end(), written)) continue;
    SwapRedAndBlue(image);
    return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Image> DecodeImage(std::string_view bytes, const DecodeLimits& limits) {
  // The server reports what went wrong by itself; OpenCV's own log lines would only repeat it.
  static const auto previous_level = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  static_cast<void>(previous_level);

  const absl::StatusOr<ImageHeader> header = ReadImageHeader(bytes);
  if (!header.ok()) return header.status();
  if (absl::Status status = CheckSize(*header, limits); !status.ok()) return status;
  if (bytes.size() > INT32_MAX) {
    return EncodedError(FormatName(header->format), " of ", bytes.size(), " bytes; at most ", INT32_MAX,
                        " are allowed");
  }
  std::string copy;
  const absl::StatusOr<std::string_view> input = BytesForDecoder(bytes, header->format, limits, copy);
  if (!input.ok()) return input.status();

  Image image;
  image.width = header->IsTransposed() ? header->height : header->width;
  image.height = header->IsTransposed() ? header->width : header->height;
  const bool is_jpeg = header->format == ImageFormat::kJpeg;
  if (!(is_jpeg ? DecodeJpeg(*input, image) : DecodeByOpenCv(*input, image))) {
    return EncodedError(header->width, "x", header->height, " ", FormatName(header->format),
                        " could not be decoded: its data are corrupt");
  }
  if (header->format == ImageFormat::kBmp) WidenBmpSamples(*input, image);
  return Upright(std::move(image), header->orientation);
}

}  // namespace pixelclip
