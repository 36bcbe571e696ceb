#include "trainer/masks/over_segmentation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"
#include "core/image/resize.h"
#include "trainer/masks/disjoint_sets.h"
#include "trainer/masks/label_map_masks.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

constexpr int kMaxAspect = 4;      // longer pictures are reduced further
constexpr int kColorScale = 128;   // smoothed colours are integers, in this part of a grey level
constexpr int kWeightBits = 16;    // of the smoothing's weights
constexpr int kMaxWeight = 65535;  // of an edge: sqrt(3) * 255 * kColorScale = 56535

// Smoothed RGB, in 1 / kColorScale grey levels. Integers are the same on every machine.
using Pixel = std::array<int32_t, 3>;

absl::Status CheckRange(std::string_view option, double value, double least, double most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Invalid("over-segmentation: ", option, " is ", value, "; must be ", least, " to ", most);
}

absl::Status CheckOptions(const OverSegmentationOptions& options) {
  for (const absl::Status& status :
       {CheckRange("short_side", options.short_side, 16, 2048), CheckRange("sigma", options.sigma, 0, 10),
        CheckRange("scale", options.scale, 0, 1e6), CheckRange("min_pixels", options.min_pixels, 1, 1e6)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Image Reduced(const Image& image, int short_side) {
  const Size size = ShortestEdgeSize(image.width, image.height, short_side, kMaxAspect * short_side);
  if (size.width >= image.width && size.height >= image.height) return image;
  return ResizeAntialiased(image, size.width, size.height);
}

// Half a Gaussian from its middle on. The whole sums up to 1 << kWeightBits.
std::vector<int32_t> GaussianWeights(double sigma) {
  std::vector<double> exact = {1};
  double sum = 1;
  for (int i = 1; i <= std::ceil(4 * sigma); ++i) {
    exact.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
    sum += 2 * exact.back();
  }
  std::vector<int32_t> weights;
  int32_t rest = 1 << kWeightBits;
  for (const double weight : exact) {
    weights.push_back(static_cast<int32_t>(std::lround(weight / sum * (1 << kWeightBits))));
    rest -= weights.size() == 1 ? weights.back() : 2 * weights.back();
  }
  weights[0] += rest;
  return weights;
}

// Smooths `count` pixels that lie `stride` apart; the outermost ones are repeated beyond the ends.
void SmoothLine(Pixel* line, int count, int stride, const std::vector<int32_t>& weights,
                std::vector<Pixel>& copy) {
  copy.resize(count);
  for (int i = 0; i < count; ++i) copy[i] = line[static_cast<size_t>(i) * stride];
  const int reach = static_cast<int>(weights.size()) - 1;
  for (int i = 0; i < count; ++i) {
    for (int channel = 0; channel < 3; ++channel) {
      int32_t sum = (1 << (kWeightBits - 1)) + weights[0] * copy[i][channel];
      for (int k = 1; k <= reach; ++k) {
        sum += weights[k] * (copy[std::max(0, i - k)][channel] + copy[std::min(count - 1, i + k)][channel]);
      }
      line[static_cast<size_t>(i) * stride][channel] = sum >> kWeightBits;
    }
  }
}

std::vector<Pixel> SmoothColors(const Image& image, double sigma) {
  std::vector<Pixel> pixels(static_cast<size_t>(image.width) * image.height);
  for (size_t i = 0; i < pixels.size(); ++i) {
    for (int channel = 0; channel < 3; ++channel) {
      pixels[i][channel] = kColorScale * image.pixels[3 * i + channel];
    }
  }
  const std::vector<int32_t> weights = GaussianWeights(sigma);
  std::vector<Pixel> copy;
  for (int y = 0; y < image.height; ++y) {
    SmoothLine(&pixels[static_cast<size_t>(y) * image.width], image.width, 1, weights, copy);
  }
  for (int x = 0; x < image.width; ++x) SmoothLine(&pixels[x], image.height, image.width, weights, copy);
  return pixels;
}

// Two neighbours and how much their colours differ.
struct Edge {
  int32_t a = 0, b = 0;
  uint16_t weight = 0;
};

uint16_t Difference(const Pixel& a, const Pixel& b) {
  int64_t sum = 0;
  for (int channel = 0; channel < 3; ++channel) {
    const int64_t difference = a[channel] - b[channel];
    sum += difference * difference;
  }
  return static_cast<uint16_t>(std::sqrt(static_cast<double>(sum)));  // at most kMaxWeight
}

// Between each pixel and its eight neighbours, each once, the least different first; equals stay in the order
// of their pixels.
std::vector<Edge> SortedEdges(const std::vector<Pixel>& pixels, int width, int height) {
  std::vector<Edge> edges;
  edges.reserve(4 * pixels.size());
  const auto add = [&](int32_t a, int32_t b) { edges.push_back({a, b, Difference(pixels[a], pixels[b])}); };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int32_t i = y * width + x;
      if (x + 1 < width) add(i, i + 1);
      if (y + 1 == height) continue;
      if (x > 0) add(i, i + width - 1);
      add(i, i + width);
      if (x + 1 < width) add(i, i + width + 1);
    }
  }
  std::vector<size_t> places(kMaxWeight + 2);
  for (const Edge& edge : edges) ++places[edge.weight + 1];
  for (size_t i = 1; i < places.size(); ++i) places[i] += places[i - 1];
  std::vector<Edge> sorted(edges.size());
  for (const Edge& edge : edges) sorted[places[edge.weight]++] = edge;
  return sorted;
}

DisjointSets JoinPixels(const std::vector<Edge>& edges, size_t pixels,
                        const OverSegmentationOptions& options) {
  DisjointSets regions(pixels);
  // A region may be joined along an edge up to this: its largest inner difference and what its size allows.
  const double allowance = options.scale * kColorScale;
  std::vector<double> limits(pixels, allowance);
  for (const Edge& edge : edges) {
    const int32_t a = regions.Find(edge.a);
    const int32_t b = regions.Find(edge.b);
    if (a == b || edge.weight > std::min(limits[a], limits[b])) continue;
    const int32_t joined = regions.Unite(a, b);
    limits[joined] = edge.weight + allowance / regions.Size(joined);
  }
  for (const Edge& edge : edges) {
    const int32_t a = regions.Find(edge.a);
    const int32_t b = regions.Find(edge.b);
    if (a != b && std::min(regions.Size(a), regions.Size(b)) < options.min_pixels) regions.Unite(a, b);
  }
  return regions;
}

class OverSegmented : public MaskSource {
 public:
  OverSegmented(std::string folder, std::vector<std::string> pictures, const OverSegmentationOptions& options)
      : folder_(std::move(folder)), pictures_(std::move(pictures)), options_(options) {}

  size_t size() const override { return pictures_.size(); }
  std::string name(size_t index) const override { return folder_ + "/" + pictures_[index]; }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    absl::StatusOr<Image> image = ReadPicture(name(index));
    if (!image.ok()) return image.status();
    absl::StatusOr<LabelMap> labels = OverSegment(*image, options_);
    if (!labels.ok()) return Prefixed(name(index), labels.status());
    absl::StatusOr<std::unique_ptr<const PictureMasks>> masks =
        MakeLabelMapMasks(*std::move(labels), 1, image->width, image->height);
    if (!masks.ok()) return Prefixed(name(index), masks.status());
    return MaskedPicture{name(index), *std::move(image), *std::move(masks)};
  }

 private:
  const std::string folder_;
  const std::vector<std::string> pictures_;
  const OverSegmentationOptions options_;
};

}  // namespace

absl::StatusOr<LabelMap> OverSegment(const Image& image, const OverSegmentationOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  const Image reduced = Reduced(image, options.short_side);
  const std::vector<Pixel> pixels = SmoothColors(reduced, options.sigma);
  const std::vector<Edge> edges = SortedEdges(pixels, reduced.width, reduced.height);
  DisjointSets regions = JoinPixels(edges, pixels.size(), options);

  LabelMap map{reduced.width, reduced.height, {}};
  map.labels.reserve(pixels.size());
  std::vector<int32_t> numbers(pixels.size(), -1);
  int32_t next = 0;
  for (size_t i = 0; i < pixels.size(); ++i) {
    int32_t& number = numbers[regions.Find(static_cast<int32_t>(i))];
    if (number < 0) number = next++;
    map.labels.push_back(static_cast<uint16_t>(number));
  }
  if (next > kNoMask) {
    return Invalid("over-segmentation: ", next, " regions; at most ", kNoMask,
                   " are allowed: raise scale or min_pixels");
  }
  return map;
}

absl::StatusOr<std::unique_ptr<MaskSource>> OpenOverSegmented(const std::string& folder,
                                                              OverSegmentationOptions options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  absl::StatusOr<std::vector<std::string>> pictures = ListPictures(folder);
  if (!pictures.ok()) return pictures.status();
  return std::make_unique<OverSegmented>(folder, *std::move(pictures), options);
}

}  // namespace pixelclip
