#include "trainer/figures/regions.h"

#include <algorithm>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "core/image/overlay.h"
#include "trainer/figures/canvas.h"

namespace pixelclip {
namespace {

constexpr double kOpacity = 0.62;
constexpr double kLeastOutlined = 0.001;  // of the picture
constexpr int kSpotWidth = 240;           // pixels across, enough to find the middle of a region

}  // namespace

LabelMap RegionsOf(const MaskStack& masks, const std::vector<int>& labels) {
  const size_t plane = static_cast<size_t>(masks.side) * masks.side;
  std::vector<int64_t> areas(masks.count);
  for (int i = 0; i < masks.count; ++i) {
    const auto first = masks.pixels.begin() + i * plane;
    areas[i] = std::accumulate(first, first + plane, int64_t{0});
  }
  std::vector<int> order(masks.count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return areas[a] > areas[b]; });

  LabelMap regions{masks.side, masks.side, std::vector<uint16_t>(plane, kNoRegion)};
  for (const int mask : order) {
    if (labels[mask] < 0) continue;
    for (size_t i = 0; i < plane; ++i) {
      if (masks.pixels[mask * plane + i] != 0) regions.labels[i] = static_cast<uint16_t>(labels[mask]);
    }
  }
  return regions;
}

LabelMap ResizeNearest(const LabelMap& map, int width, int height) {
  LabelMap resized{width, height, {}};
  resized.labels.reserve(static_cast<size_t>(width) * height);
  for (int64_t y = 0; y < height; ++y) {
    const uint16_t* row = map.labels.data() + y * map.height / height * map.width;
    for (int64_t x = 0; x < width; ++x) resized.labels.push_back(row[x * map.width / width]);
  }
  return resized;
}

Image PaintRegions(const Image& photo, const LabelMap& regions) {
  Segmentation painted;
  painted.labels = ResizeNearest(regions, photo.width, photo.height);
  std::set<uint16_t> labels(regions.labels.begin(), regions.labels.end());
  labels.erase(kNoRegion);
  for (const uint16_t label : labels) {
    ClassSummary region;
    region.label = label;
    painted.classes.push_back(region);
  }
  OverlayOptions options;
  options.opacity = kOpacity;
  options.draw_legend = false;
  return DrawOverlay(photo, painted, options);
}

void OutlineRegion(const LabelMap& regions, uint16_t label, Image& photo) {
  cv::Mat inside(regions.height, regions.width, CV_8UC1);
  std::transform(regions.labels.begin(), regions.labels.end(), inside.begin<uint8_t>(),
                 [label](uint16_t other) { return static_cast<uint8_t>(other == label ? 255 : 0); });
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(inside, contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  // Around specks a line would be all that is seen.
  const double least_area = kLeastOutlined * photo.width * photo.height;
  contours.erase(std::remove_if(contours.begin(), contours.end(),
                                [&](const auto& contour) { return cv::contourArea(contour) < least_area; }),
                 contours.end());
  cv::Mat page(photo.height, photo.width, CV_8UC3, photo.pixels.data());
  const int stroke = std::max(1, cvRound(photo.width / 250.0));
  cv::polylines(page, contours, /*isClosed=*/true, cv::Scalar(kInk.red, kInk.green, kInk.blue), stroke,
                cv::LINE_AA);
}

std::vector<RegionSpot> FindSpots(const LabelMap& regions, double least_share) {
  const int height = std::max(1, static_cast<int>(int64_t{kSpotWidth} * regions.height / regions.width));
  const LabelMap small = ResizeNearest(regions, kSpotWidth, height);
  std::set<uint16_t> labels(small.labels.begin(), small.labels.end());
  labels.erase(kNoRegion);

  std::vector<RegionSpot> spots;
  for (const uint16_t label : labels) {
    // A rim of other pixels, so that a region that touches the picture's edge ends there.
    cv::Mat inside(height + 2, kSpotWidth + 2, CV_8UC1, cv::Scalar(0));
    int64_t pixels = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < kSpotWidth; ++x) {
        if (small.labels[static_cast<size_t>(y) * kSpotWidth + x] != label) continue;
        inside.at<uint8_t>(y + 1, x + 1) = 255;
        ++pixels;
      }
    }
    if (static_cast<double>(pixels) < least_share * kSpotWidth * height) continue;
    cv::Mat distance;
    cv::distanceTransform(inside, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
    double radius = 0;
    cv::Point center;
    cv::minMaxLoc(distance, nullptr, &radius, nullptr, &center);
    spots.push_back(
        {label, (center.x - 0.5) / kSpotWidth, (center.y - 0.5) / height, 2 * radius / kSpotWidth});
  }
  return spots;
}

}  // namespace pixelclip
