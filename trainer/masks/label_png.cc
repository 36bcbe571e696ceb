#include "trainer/masks/label_png.h"

#include <zlib.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "core/checkpoint/problem.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/png_file.h"
#include "core/image/image_header.h"

namespace pixelclip {
namespace {

// IHDR is the first chunk: its type and data stand at fixed places, its checksum behind them.
constexpr size_t kHeaderType = 12;
constexpr size_t kBitDepth = 24;
constexpr size_t kColorType = 25;
constexpr size_t kHeaderChecksum = 29;
constexpr size_t kHeaderEnd = 33;
constexpr size_t kChunkFrame = 12;  // a chunk's bytes besides its data

enum ColorType : uint32_t { kGray = 0, kRgb = 2, kPalette = 3 };

// A palette picture without its palette is a grey picture of its indices. `png` holds whole chunks only.
std::string WithoutPalette(std::string_view png) {
  std::string gray(png.substr(0, kHeaderEnd));
  gray[kColorType] = kGray;
  const auto* header = reinterpret_cast<const Bytef*>(gray.data()) + kHeaderType;
  const auto checksum = static_cast<uint32_t>(crc32(0, header, kHeaderChecksum - kHeaderType));
  for (int i = 0; i < 4; ++i) gray[kHeaderChecksum + i] = static_cast<char>(checksum >> (24 - 8 * i));
  const FileBytes bytes(png, ByteOrder::kBigEndian);
  for (uint64_t at = kHeaderEnd; bytes.Has(at, kChunkFrame);) {
    const uint64_t size = kChunkFrame + bytes.U32(at);
    if (png.substr(at + 4, 4) != "PLTE") gray.append(png.substr(at, size));
    at += size;
  }
  return gray;
}

ValueMap ToValues(const cv::Mat& stored, uint32_t bits) {
  ValueMap map{stored.cols, stored.rows, {}};
  map.values.reserve(stored.total());
  // The decoder spreads narrow samples over 0 to 255.
  const uint32_t step = bits < 8 ? 255 / ((1u << bits) - 1) : 1;
  for (int y = 0; y < stored.rows; ++y) {
    for (int x = 0; x < stored.cols; ++x) {
      if (stored.type() == CV_8UC1) map.values.push_back(stored.at<uint8_t>(y, x) / step);
      if (stored.type() == CV_16UC1) map.values.push_back(stored.at<uint16_t>(y, x));
      if (stored.type() == CV_8UC3) {
        const auto& bgr = stored.at<cv::Vec3b>(y, x);
        map.values.push_back(bgr[2] | uint32_t{bgr[1]} << 8 | uint32_t{bgr[0]} << 16);
      }
    }
  }
  return map;
}

}  // namespace

absl::StatusOr<ValueMap> DecodeValuePng(std::string_view png, const DecodeLimits& limits) {
  const absl::StatusOr<ImageHeader> header = ReadImageHeader(png);
  if (!header.ok()) return header.status();
  if (header->format != ImageFormat::kPng) {
    return Invalid("is a ", FormatName(header->format), " file; label maps are PNG files");
  }
  if (header->Pixels() > limits.max_pixels || std::max(header->width, header->height) > limits.max_side) {
    return Invalid(header->width, "x", header->height, " pixels; at most ", limits.max_pixels, " and ",
                   limits.max_side, " a side are allowed");
  }
  absl::StatusOr<std::string> chunks = PixelChunksOfPng(png);
  if (!chunks.ok()) return chunks.status();
  const FileBytes bytes(*chunks, ByteOrder::kBigEndian);
  const uint32_t bits = bytes.U8(kBitDepth);
  const uint32_t color = bytes.U8(kColorType);
  const bool is_narrow = bits == 1 || bits == 2 || bits == 4;
  if (!(color == kGray && (is_narrow || bits == 8 || bits == 16)) &&
      !(color == kPalette && (is_narrow || bits == 8)) && !(color == kRgb && bits == 8)) {
    return Invalid("PNG of colour type ", color, " and ", bits,
                   " bits; label maps are grey (0), palette (3) or RGB (2) of 8 bits");
  }
  if (color == kPalette) *chunks = WithoutPalette(*chunks);
  try {
    const cv::Mat input(1, static_cast<int>(chunks->size()), CV_8UC1, chunks->data());
    const cv::Mat stored = cv::imdecode(input, cv::IMREAD_UNCHANGED);
    ValueMap map = ToValues(stored, bits);
    if (!map.values.empty() && map.values.size() == stored.total()) return map;
  } catch (const cv::Exception&) {
  }
  return Invalid("PNG could not be decoded: its data are corrupt");
}

}  // namespace pixelclip
