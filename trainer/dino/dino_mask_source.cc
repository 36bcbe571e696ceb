#include "trainer/dino/dino_mask_source.h"

#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/problem.h"
#include "core/model/device.h"
#include "trainer/dino/dino_clusterer.h"
#include "trainer/dino/dino_vit.h"
#include "trainer/masks/label_map_masks.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

constexpr int kMaxClusters = 255;
constexpr int kMaxSide = 2048;

// The masks of a region's clusters, in the region's own pixels. REQUIRES: a region that is not empty.
absl::StatusOr<std::unique_ptr<const PictureMasks>> MasksOf(ClusteredRegion region) {
  return MakeLabelMapMasks(std::move(region.cells), /*min_pixels=*/1, region.width, region.height);
}

// Masks of which every crop has its own.
class CropClusters : public PictureMasks {
 public:
  CropClusters(std::shared_ptr<const DinoClusterer> clusterer, Image picture, uint64_t seed)
      : clusterer_(std::move(clusterer)), picture_(std::move(picture)), seed_(seed) {}

  absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const override {
    absl::StatusOr<ClusteredRegion> region = clusterer_->Cluster(picture_, crop, seed_);
    if (!region.ok()) return region.status();
    if (region->cells.labels.empty()) return MaskStack{0, side, {}};
    Crop within = crop;
    within.x -= region->x;
    within.y -= region->y;
    const auto masks = MasksOf(*std::move(region));
    if (!masks.ok()) return masks.status();
    return (*masks)->Sample(within, side);
  }

 private:
  const std::shared_ptr<const DinoClusterer> clusterer_;
  const Image picture_;
  const uint64_t seed_;
};

class DinoMaskSource : public MaskSource {
 public:
  DinoMaskSource(std::string folder, std::vector<std::string> paths,
                 std::shared_ptr<const DinoClusterer> clusterer, const DinoMaskOptions& options)
      : folder_(std::move(folder)),
        paths_(std::move(paths)),
        clusterer_(std::move(clusterer)),
        options_(options) {}

  size_t size() const override { return paths_.size(); }
  std::string name(size_t index) const override { return folder_ + "/" + paths_[index]; }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    const std::string path = name(index);
    absl::StatusOr<Image> image = ReadPicture(path);
    if (!image.ok()) return image.status();

    // Neighbouring seeds of this generator share nothing.
    const uint64_t seed = options_.seed * 0x9e3779b97f4a7c15u + index;
    if (options_.region == DinoRegion::kCrop) {
      auto masks = std::make_unique<CropClusters>(clusterer_, *image, seed);
      return MaskedPicture{path, *std::move(image), std::move(masks)};
    }
    const Crop whole{0, 0, static_cast<double>(image->width), static_cast<double>(image->height)};
    absl::StatusOr<ClusteredRegion> region = clusterer_->Cluster(*image, whole, seed);
    if (!region.ok()) return Prefixed(path, region.status());
    auto masks = MasksOf(*std::move(region));
    if (!masks.ok()) return Prefixed(path, masks.status());
    return MaskedPicture{path, *std::move(image), *std::move(masks)};
  }

 private:
  const std::string folder_;
  const std::vector<std::string> paths_;  // within it
  const std::shared_ptr<const DinoClusterer> clusterer_;
  const DinoMaskOptions options_;
};

absl::Status CheckRange(std::string_view option, int value, int least, int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Invalid(option, ": ", value, ", expected ", least, " to ", most);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MaskSource>> MakeDinoMaskSource(const std::string& pictures_folder,
                                                               const std::string& checkpoint,
                                                               const DinoMaskOptions& options) {
  if (absl::Status status = CheckRange("clusters", options.clusters, 1, kMaxClusters); !status.ok()) {
    return status;
  }
  const absl::StatusOr<c10::Device> device = FindDevice(options.device);
  if (!device.ok()) return device.status();
  absl::StatusOr<std::unique_ptr<const DinoVit>> network = DinoVit::Load(checkpoint, *device);
  if (!network.ok()) return network.status();
  const int patch = static_cast<int>((*network)->shape().patch_size);
  if (absl::Status status = CheckRange("side", options.side, patch, kMaxSide); !status.ok()) return status;

  absl::StatusOr<std::vector<std::string>> paths = ListPictures(pictures_folder);
  if (!paths.ok()) return paths.status();
  auto clusterer = std::make_shared<const DinoClusterer>(*std::move(network), options.clusters, options.side);
  return std::make_unique<DinoMaskSource>(pictures_folder, *std::move(paths), std::move(clusterer), options);
}

}  // namespace pixelclip
