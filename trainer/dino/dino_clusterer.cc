#include "trainer/dino/dino_clusterer.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "core/image/resize.h"
#include "core/model/plain_array.h"
#include "trainer/dino/kmeans.h"

namespace pixelclip {
namespace {

constexpr int kMaxAspect = 4;

// ImageNet's, of values in 0..255, as published.
constexpr float kMean[] = {123.675f, 116.28f, 103.53f};
constexpr float kStdDev[] = {58.395f, 57.12f, 57.375f};

// The pixels of the picture that the region touches, without cells.
ClusteredRegion InsidePicture(const Image& picture, const Crop& region) {
  const auto inside = [](double edge, int limit) {
    return static_cast<int>(std::clamp<double>(edge, 0, limit));
  };
  ClusteredRegion part;
  part.x = inside(std::floor(region.x), picture.width);
  part.y = inside(std::floor(region.y), picture.height);
  part.width = inside(std::ceil(region.x + region.width), picture.width) - part.x;
  part.height = inside(std::ceil(region.y + region.height), picture.height) - part.y;
  return part;
}

Image Cut(const Image& picture, const ClusteredRegion& part) {
  Image cut{part.width, part.height, {}};
  cut.pixels.reserve(size_t{3} * part.width * part.height);
  for (int y = part.y; y < part.y + part.height; ++y) {
    const auto row = picture.pixels.begin() + 3 * (static_cast<size_t>(y) * picture.width + part.x);
    cut.pixels.insert(cut.pixels.end(), row, row + size_t{3} * part.width);
  }
  return cut;
}

// [1, 3, height, width], normalised.
at::Tensor ToInput(const Image& image) {
  at::Tensor input = at::empty({1, 3, image.height, image.width}, at::kFloat);
  float* values = input.mutable_data_ptr<float>();
  const size_t pixels = static_cast<size_t>(image.width) * image.height;
  for (size_t i = 0; i < pixels; ++i) {
    for (int c = 0; c < 3; ++c) {
      values[c * pixels + i] = (static_cast<float>(image.pixels[3 * i + c]) - kMean[c]) / kStdDev[c];
    }
  }
  return input;
}

}  // namespace

DinoClusterer::DinoClusterer(std::unique_ptr<const DinoVit> network, int clusters, int side)
    : network_(std::move(network)), clusters_(clusters), side_(side) {}

absl::StatusOr<ClusteredRegion> DinoClusterer::Cluster(const Image& picture, const Crop& region,
                                                       uint64_t seed) const {
  ClusteredRegion part = InsidePicture(picture, region);
  if (part.width <= 0 || part.height <= 0) return ClusteredRegion{};

  const int patch = static_cast<int>(network_->shape().patch_size);
  const double magnification = std::min(side_ / std::min(region.width, region.height),
                                        kMaxAspect * side_ / std::max(region.width, region.height));
  const auto cells_over = [&](int pixels) {
    return std::max(1, static_cast<int>(pixels * magnification / patch));
  };
  part.cells.width = cells_over(part.width);
  part.cells.height = cells_over(part.height);
  const Image seen =
      ResizeAntialiased(Cut(picture, part), part.cells.width * patch, part.cells.height * patch);
  try {
    const c10::InferenceMode no_gradients;
    const at::Tensor features = network_->PatchFeatures(ToInput(seen));
    if (!at::isfinite(features).all().item<bool>()) {
      return absl::InternalError("DINO's features are not finite: are its weights intact?");
    }
    const std::vector<float> points = ToPlainArray(features);
    const int width = static_cast<int>(network_->shape().width);
    const int cells = part.cells.width * part.cells.height;
    std::vector<float> centers;
    for (const int row : DrawRows(cells, std::min(clusters_, cells), seed)) {
      const auto first = points.begin() + static_cast<size_t>(row) * width;
      centers.insert(centers.end(), first, first + width);
    }
    const std::vector<int> clusters = KMeans(points, width, std::move(centers), {});
    part.cells.labels.assign(clusters.begin(), clusters.end());
    return part;
  } catch (const c10::OutOfMemoryError& error) {
    return absl::ResourceExhaustedError(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace pixelclip
