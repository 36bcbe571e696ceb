#include "core/refine_labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/image/resize.h"

namespace pixelclip {
namespace {

constexpr std::array<int, 6> kDilations = {1, 2, 4, 8, 12, 24};
constexpr int kNeighbours = 8 * kDilations.size();
// What cosines are times before softmax.
constexpr float kSoftmaxScale = 40;
// How unlike a neighbour may be, in standard deviations, before its weight shrinks by e.
constexpr float kTolerance = 0.1f;

struct Offset {
  int x = 0;
  int y = 0;
};

std::array<Offset, kNeighbours> MakeOffsets() {
  std::array<Offset, kNeighbours> offsets;
  auto next = offsets.begin();
  for (const int dilation : kDilations) {
    for (int y = -1; y <= 1; ++y) {
      for (int x = -1; x <= 1; ++x) {
        if (x != 0 || y != 0) *next++ = {x * dilation, y * dilation};
      }
    }
  }
  return offsets;
}

// Calls work(i, j) for each pixel i of row y and the pixel j that lies `offset` away, or at the border if
// that is outside.
template <typename Work>
void ForRow(int width, int height, int y, const Offset& offset, const Work& work) {
  const int row = y * width;
  const int other = std::clamp(y + offset.y, 0, height - 1) * width;
  const int begin = std::min(width, std::max(0, -offset.x));
  const int end = std::max(begin, std::min(width, width - offset.x));
  for (int x = 0; x < begin; ++x) work(row + x, other + std::clamp(x + offset.x, 0, width - 1));
  for (int x = begin; x < end; ++x) work(row + x, other + x + offset.x);
  for (int x = end; x < width; ++x) work(row + x, other + std::clamp(x + offset.x, 0, width - 1));
}

// How much each pixel listens to each of its neighbours.
class Affinities {
 public:
  explicit Affinities(const Image& picture)
      : width_(picture.width),
        height_(picture.height),
        offsets_(MakeOffsets()),
        weights_(size_t{kNeighbours} * width_ * height_) {
    const size_t pixels = size_t{1} * width_ * height_;
    std::vector<float> channel(pixels);
    for (int c = 0; c < 3; ++c) {
      for (size_t i = 0; i < pixels; ++i) channel[i] = picture.pixels[3 * i + c];
      AddDifferences(channel);
    }
    for (int y = 0; y < height_; ++y) NormaliseRow(y);
  }

  // One step: `to` gets the weighted means of the neighbours in `from`.
  void Spread(const std::vector<float>& from, std::vector<float>* to) const {
    std::fill(to->begin(), to->end(), 0.0f);
    for (int y = 0; y < height_; ++y) {
      for (int n = 0; n < kNeighbours; ++n) {
        const float* weights = Weights(n);
        ForRow(width_, height_, y, offsets_[n],
               [&, out = to->data(), in = from.data()](int i, int j) { out[i] += weights[i] * in[j]; });
      }
    }
  }

 private:
  const float* Weights(int n) const { return weights_.data() + size_t{1} * n * width_ * height_; }
  float* Weights(int n) { return weights_.data() + size_t{1} * n * width_ * height_; }

  // Subtracts the absolute differences of one channel, in its standard deviations, over the three channels.
  void AddDifferences(const std::vector<float>& channel) {
    // Each dilation's nine pixels count: eight neighbours and, each time, the pixel itself.
    constexpr float kSamples = 9 * kDilations.size();
    std::vector<float> sum(width_), square(width_), scale(width_);
    for (int y = 0; y < height_; ++y) {
      const int row = y * width_;
      // Sums of differences from the pixel itself, which contributes none: small numbers keep their
      // precision.
      std::fill(sum.begin(), sum.end(), 0.0f);
      std::fill(square.begin(), square.end(), 0.0f);
      for (const Offset& offset : offsets_) {
        ForRow(width_, height_, y, offset, [&](int i, int j) {
          const float difference = channel[j] - channel[i];
          sum[i - row] += difference;
          square[i - row] += difference * difference;
        });
      }
      for (int x = 0; x < width_; ++x) {
        const float variance = (square[x] - sum[x] * sum[x] / kSamples) / (kSamples - 1);
        scale[x] = -1 / (3 * (1e-8f + kTolerance * std::sqrt(std::max(0.0f, variance))));
      }
      for (int n = 0; n < kNeighbours; ++n) {
        ForRow(width_, height_, y, offsets_[n], [&, weights = Weights(n)](int i, int j) {
          weights[i] += std::abs(channel[j] - channel[i]) * scale[i - row];
        });
      }
    }
  }

  // Softmax over the neighbours.
  void NormaliseRow(int y) {
    std::vector<float> highest(width_, -std::numeric_limits<float>::infinity()), sum(width_);
    const size_t row = size_t{1} * y * width_;
    for (int n = 0; n < kNeighbours; ++n) {
      const float* weights = Weights(n) + row;
      for (int x = 0; x < width_; ++x) highest[x] = std::max(highest[x], weights[x]);
    }
    for (int n = 0; n < kNeighbours; ++n) {
      float* weights = Weights(n) + row;
      for (int x = 0; x < width_; ++x) sum[x] += weights[x] = std::exp(weights[x] - highest[x]);
    }
    for (int n = 0; n < kNeighbours; ++n) {
      float* weights = Weights(n) + row;
      for (int x = 0; x < width_; ++x) weights[x] /= sum[x];
    }
  }

  const int width_, height_;
  const std::array<Offset, kNeighbours> offsets_;
  std::vector<float> weights_;  // [kNeighbours, height, width]
};

Image ShrinkTo(const Image& picture, int64_t pixels) {
  const double scale = std::sqrt(static_cast<double>(pixels) / picture.width / picture.height);
  // A very long picture keeps at least one pixel of its short side.
  const auto side = [&](int length) {
    return static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(length * scale), 1, pixels));
  };
  return ResizeAntialiased(picture, side(picture.width), side(picture.height));
}

// The labels that some pixel of `map` has, ascending.
std::vector<uint16_t> PresentLabels(const LabelMap& map, int count) {
  std::vector<bool> present(count);
  for (const uint16_t label : map.labels) present[label] = true;
  std::vector<uint16_t> labels;
  for (int label = 0; label < count; ++label) {
    if (present[label]) labels.push_back(static_cast<uint16_t>(label));
  }
  return labels;
}

LabelMap LabelAll(const ScoreGrid& scores, const LabelRule& rule, int width, int height) {
  LabelMap map{width, height, {}};
  map.labels.reserve(size_t{1} * width * height);
  rule.LabelRows(scores, width, height, {0, 0, width, height},
                 [&](int, const uint16_t* labels, const float*) {
                   map.labels.insert(map.labels.end(), labels, labels + width);
                 });
  return map;
}

// The masks before the first step, as [height, width, labels].
ScoreGrid MakeMasks(const ScoreGrid& scores, const LabelRule& rule, const LabelMap& map,
                    const std::vector<uint16_t>& labels) {
  const size_t count = labels.size(), pixels = map.labels.size();
  const bool has_background = labels.back() == rule.background_label();
  const size_t classes = count - (has_background ? 1 : 0);
  ScoreGrid masks{map.height, map.width, static_cast<int>(count), std::vector<float>(pixels * count)};
  for (size_t k = 0; k < classes; ++k) {
    const std::vector<float> of_class =
        rule.ClassScores(scores, labels[k], map.width, map.height, {0, 0, map.width, map.height});
    for (size_t i = 0; i < pixels; ++i) masks.values[i * count + k] = of_class[i];
  }
  for (size_t i = 0; i < pixels; ++i) {
    float* const values = masks.values.data() + i * count;
    if (has_background && map.labels[i] == rule.background_label()) {
      std::fill_n(values, classes, 0.0f);
      values[classes] = 1;
      continue;
    }
    const float highest = *std::max_element(values, values + classes);
    float sum = 0;
    for (size_t k = 0; k < classes; ++k) {
      sum += values[k] = std::exp(kSoftmaxScale * (values[k] - highest));
    }
    for (size_t k = 0; k < classes; ++k) values[k] /= sum;
  }
  return masks;
}

}  // namespace

Image MakeRefinementGuide(const Image& picture) {
  const int64_t pixels = int64_t{1} * picture.width * picture.height;
  return pixels <= kMaxGuidePixels ? picture : ShrinkTo(picture, kMaxGuidePixels);
}

RefinedScores RefineScores(const ScoreGrid& scores, const LabelRule& rule, const Image& guide, int steps) {
  Image picture = guide;
  LabelMap map = LabelAll(scores, rule, picture.width, picture.height);
  std::vector<uint16_t> labels = PresentLabels(map, rule.count());
  while (static_cast<int64_t>(labels.size() * map.labels.size()) > kMaxRefinedValues) {
    picture = ShrinkTo(guide, kMaxRefinedValues / static_cast<int64_t>(labels.size()));
    map = LabelAll(scores, rule, picture.width, picture.height);
    labels = PresentLabels(map, rule.count());
  }
  RefinedScores refined{labels, MakeMasks(scores, rule, map, labels)};
  if (labels.size() == 1) return refined;

  const Affinities affinities(picture);
  const size_t count = labels.size(), pixels = map.labels.size();
  std::vector<float> mask(pixels), next(pixels);
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < pixels; ++i) mask[i] = refined.scores.values[i * count + k];
    for (int step = 0; step < steps; ++step) {
      affinities.Spread(mask, &next);
      mask.swap(next);
    }
    for (size_t i = 0; i < pixels; ++i) refined.scores.values[i * count + k] = mask[i];
  }
  return refined;
}

}  // namespace pixelclip
