#include "tests/testing/synthetic_sa1b.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/masks/polygon_runs.h"

namespace pixelclip::testing {
namespace {

constexpr double kTurn = 6.283185307179586;

// The same on every machine, unlike the standard library's distributions.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  double Uniform(double low, double high) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return low + (high - low) * static_cast<double>(state_ >> 11) / static_cast<double>(uint64_t{1} << 53);
  }

 private:
  uint64_t state_;
};

// A star-shaped outline with a few bulges. Small ones are as frequent as large ones.
std::vector<float> RandomBlob(const SyntheticSa1bOptions& options, Noise& noise) {
  const double short_side = std::min(options.width, options.height);
  const double radius = std::exp(noise.Uniform(std::log(short_side / 100), std::log(short_side / 3)));
  const double x = noise.Uniform(0, options.width), y = noise.Uniform(0, options.height);
  const double phase3 = noise.Uniform(0, kTurn), phase7 = noise.Uniform(0, kTurn);
  std::vector<float> outline;
  for (int i = 0; i < 64; ++i) {
    const double angle = kTurn * i / 64;
    const double r = radius * (1 + 0.3 * std::sin(3 * angle + phase3) + 0.1 * std::sin(7 * angle + phase7));
    outline.push_back(static_cast<float>(x + r * std::cos(angle)));
    outline.push_back(static_cast<float>(y + r * std::sin(angle)));
  }
  return outline;
}

Image TexturedGround(const SyntheticSa1bOptions& options, Noise& noise) {
  Image image{options.width, options.height, {}};
  image.pixels.resize(size_t{3} * options.width * options.height);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const double slope = static_cast<double>(i % (3 * options.width)) / (3 * options.width);
    image.pixels[i] = static_cast<uint8_t>(80 + 60 * slope + noise.Uniform(0, 24));
  }
  return image;
}

// Tints the pixels and keeps their texture.
void Paint(const std::vector<PixelRun>& runs, Noise& noise, Image& image) {
  int tint[3];
  for (int& channel : tint) channel = static_cast<int>(noise.Uniform(-60, 60));
  for (const PixelRun& run : runs) {
    for (uint32_t pixel = run.begin; pixel < run.end; ++pixel) {
      const size_t x = pixel / image.height, y = pixel % image.height;
      uint8_t* rgb = &image.pixels[3 * (y * image.width + x)];
      for (int channel = 0; channel < 3; ++channel) {
        rgb[channel] = static_cast<uint8_t>(std::clamp(rgb[channel] + tint[channel], 0, 255));
      }
    }
  }
}

void AppendCount(int64_t value, std::string& counts) {
  for (bool more = true; more;) {
    int character = static_cast<int>(value & 0x1F);
    value >>= 5;
    more = character & 0x10 ? value != -1 : value != 0;
    if (more) character |= 0x20;
    counts += static_cast<char>(character + 48);
  }
}

}  // namespace

std::string EncodeCounts(const std::vector<PixelRun>& runs, int64_t pixels) {
  std::vector<int64_t> lengths;
  int64_t position = 0;
  for (const PixelRun& run : runs) {
    lengths.push_back(run.begin - position);
    lengths.push_back(run.end - run.begin);
    position = run.end;
  }
  if (position < pixels) lengths.push_back(pixels - position);
  std::string counts;
  for (size_t i = 0; i < lengths.size(); ++i) {
    AppendCount(i > 2 ? lengths[i] - lengths[i - 2] : lengths[i], counts);
  }
  return counts;
}

std::string EncodeJpeg(const Image& image) {
  cv::Mat bgr(image.height, image.width, CV_8UC3);
  for (size_t i = 0; i < image.pixels.size(); ++i) bgr.data[i - i % 3 + (2 - i % 3)] = image.pixels[i];
  std::vector<uint8_t> file;
  try {
    cv::imencode(".jpg", bgr, file, {cv::IMWRITE_JPEG_QUALITY, 85});
  } catch (const cv::Exception&) {
    return "";
  }
  return std::string(file.begin(), file.end());
}

void SignTarHeader(std::string& archive, size_t header) {
  archive.replace(header + 148, 8, 8, ' ');
  unsigned sum = 0;
  for (size_t i = 0; i < 512; ++i) sum += static_cast<uint8_t>(archive[header + i]);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  archive.replace(header + 148, 7, digits, 7);
}

std::string TarMember(std::string_view name, std::string_view contents, char type) {
  std::string member(512, '\0');
  member.replace(0, std::min<size_t>(name.size(), 100), name.substr(0, 100));
  member.replace(100, 7, "0000644");
  char digits[16];
  std::snprintf(digits, sizeof digits, "%011llo", static_cast<unsigned long long>(contents.size()));
  member.replace(124, 11, digits);
  member[156] = type;
  member.replace(257, 8, std::string_view("ustar\00000", 8));
  SignTarHeader(member);
  member += contents;
  member.resize((member.size() + 511) / 512 * 512, '\0');
  return member;
}

std::string TarEnd() { return std::string(1024, '\0'); }

absl::Status WriteSyntheticSa1bTar(const std::string& path, const SyntheticSa1bOptions& options) {
  std::ofstream file(path, std::ios::binary);
  const int64_t pixels = int64_t{options.width} * options.height;
  for (int i = 0; i < options.pictures; ++i) {
    Noise noise(options.seed + static_cast<uint64_t>(i) * 1000003);
    Image image = TexturedGround(options, noise);
    std::string json = absl::StrCat("{\"image\": {\"image_id\": ", i, ", \"width\": ", options.width,
                                    ", \"height\": ", options.height, ", \"file_name\": \"sa_", i,
                                    ".jpg\"}, \"annotations\": [");
    for (int m = 0; m < options.masks; ++m) {
      const auto runs = RunsFromPolygons({RandomBlob(options, noise)}, options.width, options.height);
      if (!runs.ok()) return runs.status();
      Paint(*runs, noise, image);
      // Backslashes are the only characters of counts that JSON escapes.
      std::string counts;
      for (const char character : EncodeCounts(*runs, pixels)) {
        counts.append(character == '\\' ? 2 : 1, character);
      }
      absl::StrAppend(&json, m > 0 ? ", " : "", "{\"segmentation\": {\"size\": [", options.height, ", ",
                      options.width, "], \"counts\": \"", counts, "\"}, \"id\": ", m, "}");
    }
    json += "]}";
    file << TarMember(absl::StrCat("sa_", i, ".jpg"), EncodeJpeg(image))
         << TarMember(absl::StrCat("sa_", i, ".json"), json);
  }
  file << TarEnd();
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

}  // namespace pixelclip::testing
