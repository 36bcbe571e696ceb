#include "trainer/run/run_settings.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "trainer/masks/picture_files.h"
#include "trainer/run/setting_table.h"

namespace pixelclip {
namespace {

constexpr int64_t kMaxRecipeBytes = 1 << 20;
constexpr int kMaxInt = 1'000'000'000;
constexpr OnResume kMayDiffer = OnResume::kMayDiffer;

void DeclareModel(RunSettings& run, SettingTable& table) {
  table.AddText("model.path", run.model, "the checkpoint to start from", kMayDiffer);
  table.AddChoice<std::optional<Activation>>(
      "model.activation", run.activation,
      {{"as_stored", std::nullopt}, {"quick_gelu", Activation::kQuickGelu}, {"gelu", Activation::kGelu}},
      "for a checkpoint that does not say which it wants");
}

void DeclareData(DataSettings& data, SettingTable& table) {
  table.AddChoice<MaskOrigin>("data.origin", data.origin,
                              {{"sa1b_folder", MaskOrigin::kSa1bFolder},
                               {"sa1b_tars", MaskOrigin::kSa1bTars},
                               {"labels", MaskOrigin::kLabels},
                               {"coco_rle", MaskOrigin::kCocoRle},
                               {"dino", MaskOrigin::kDino},
                               {"over_segmentation", MaskOrigin::kOverSegmentation}},
                              "where masks come from");
  table.AddText("data.pictures", data.pictures, "folder of the pictures; sa1b_tars: an archive, or theirs",
                kMayDiffer);
  table.AddText("data.masks", data.masks,
                "labels: folder of the maps; coco_rle: JSON file; dino: DINO's checkpoint", kMayDiffer);
  table.AddInteger("data.threads", data.threads, 1, 1024, "that read pictures and make examples", kMayDiffer);
  table.AddInteger("data.prefetch_batches", data.prefetch_batches, 1, 1024, "made ahead", kMayDiffer);
  table.AddInteger("data.max_bad_pictures", data.max_bad_pictures, 0, kMaxInt,
                   "unreadable pictures before the run ends", kMayDiffer);

  table.AddIntegers("labels.ignored_values", data.labels.ignored_values, 0, 0xffffffff,
                    "values of a map that are no mask");
  table.AddFlag("labels.connected_components", data.labels.connected_components,
                "each connected region is a mask, not each value");
  table.AddInteger<int64_t>("labels.min_pixels", data.labels.min_pixels, 1, kMaxInt,
                            "smaller masks are left out");

  table.AddInteger("over_segmentation.short_side", data.over_segmentation.short_side, 16, 4096,
                   "pixels at which pictures are segmented");
  table.AddReal("over_segmentation.sigma", data.over_segmentation.sigma, 0, 100,
                "of the Gaussian before it, in pixels");
  table.AddReal("over_segmentation.scale", data.over_segmentation.scale, 0, 1e9,
                "larger: fewer, larger regions");
  table.AddInteger("over_segmentation.min_pixels", data.over_segmentation.min_pixels, 1, kMaxInt,
                   "smaller regions are joined");

  table.AddChoice<DinoRegion>("dino.region", data.dino.region,
                              {{"crop", DinoRegion::kCrop}, {"picture", DinoRegion::kPicture}},
                              "what k-means sees: the example's crop, as published, or the picture");
  table.AddInteger("dino.clusters", data.dino.clusters, 1, 255, "masks of a region");
  table.AddInteger("dino.side", data.dino.side, 16, 4096, "pixels of the region's shorter side for DINO");
}

void DeclareAugmentation(AugmentationSettings& views, SettingTable& table) {
  table.AddInteger("augmentation.short_side", views.short_side, 1, 65500, "pixels, before cropping");
  table.AddInteger("augmentation.max_long_side", views.max_long_side, 1, 65500, "limits short_side");
  table.AddInteger("augmentation.crop_side", views.crop_side, 16, 4096, "pixels of the square that is seen");
  table.AddFlag("augmentation.distort_colours", views.distort_colours, "of both views");
  table.AddReal("augmentation.flip_chance", views.flip_chance, 0, 1, "of left and right, in both views");
  table.AddFlag("augmentation.strong_view", views.strong_view, "false: the student sees the weak view");
  table.AddReal("augmentation.jitter_chance", views.jitter_chance, 0, 1, "of the strong view's colours");
  table.AddReal("augmentation.jitter_brightness", views.jitter_brightness, 0, 1, "factor 1 - x to 1 + x");
  table.AddReal("augmentation.jitter_contrast", views.jitter_contrast, 0, 1, "factor 1 - x to 1 + x");
  table.AddReal("augmentation.jitter_saturation", views.jitter_saturation, 0, 1, "factor 1 - x to 1 + x");
  table.AddReal("augmentation.jitter_hue", views.jitter_hue, 0, 0.5, "turns of the colour wheel");
  table.AddReal("augmentation.grey_chance", views.grey_chance, 0, 1, "of the strong view");
  table.AddReal("augmentation.blur_chance", views.blur_chance, 0, 1, "of the strong view");
  table.AddReal("augmentation.blur_sigma_min", views.blur_sigma_min, 0, 100, "pixels");
  table.AddReal("augmentation.blur_sigma_max", views.blur_sigma_max, 0, 100, "pixels");
  table.AddReal("augmentation.cut_out_min", views.cut_out_min, 0, 1, "sides of the black rectangle");
  table.AddReal("augmentation.cut_out_max", views.cut_out_max, 0, 1, "0: none");
  table.AddFlag("augmentation.cut_masks", views.cut_masks, "masks lose the rectangle, too");
}

void DeclareMethod(MethodSettings& method, SettingTable& table) {
  table.AddFlag("method.cluster_masks", method.cluster_masks, "false: each mask is its own target");
  table.AddInteger<int64_t>("method.clusters", method.clusters, 1, 4096, "C");
  table.AddFlag("method.text_encoder", method.text_encoder, "false: free cluster embeddings");
  table.AddFlag("method.learn_prompts", method.learn_prompts, "false: they stay as they started");
  table.AddInteger<int64_t>("method.prompt_length", method.prompt_length, 1, 75, "L: learnt tokens a prompt");
  table.AddTexts("method.prompt_templates", method.prompt_templates,
                 "{}: where the tokens go; several are an ensemble");
  table.AddTexts("method.prompt_words", method.prompt_words,
                 "names that the first prompts start from; the others start from random tokens");
  table.AddReal("method.epsilon", method.epsilon, 0, 1e6, "on cosines, before Sinkhorn");
  table.AddInteger("method.sinkhorn_rounds", method.sinkhorn_rounds, 0, 1000, "");
  table.AddReal("method.momentum", method.momentum, 0, 1, "alpha; 0: no momentum teacher");
  table.AddOptionalTexts("method.tuned_parts", method.tuned_parts, "published",
                         "parts of names of visual parameters that are trained");
  table.AddReal("method.drop_path", method.drop_path, 0, 0.99,
                "chance to leave out a ConvNeXt's last block; 0.1 as published");
  table.AddInteger<int64_t>("method.resolution", method.resolution, 16, 4096, "of the encoders' input");
  table.AddInteger<int64_t>("method.mask_resolution", method.mask_resolution, 1, 4096, "of masks and loss");
  table.AddReal("method.base_rate", method.base_rate, 0, 1e6, "of the decoder");
  table.AddReal("method.encoder_rate_factor", method.encoder_rate_factor, 0, 1e6, "times base_rate");
  table.AddReal("method.prompt_rate_factor", method.prompt_rate_factor, 0, 1e6, "times base_rate");
  table.AddReal("method.rate_end_ratio", method.rate_end_ratio, 0, 1, "the last rate over the first");
  table.AddReal("method.weight_decay", method.weight_decay, 0, 1e6, "none on normalisation layers");
  table.AddReal("method.clip_norm", method.clip_norm, 0, 1e9, "largest norm of the whole gradient; 0: any");
  table.AddChoice<LossAverage>(
      "method.loss_average", method.loss_average,
      {{"covered_pixels", LossAverage::kCoveredPixels}, {"ranks", LossAverage::kRanks}},
      "over all ranks' pixels, or the mean of the ranks' means, as published");
}

void DeclareRun(RunSettings& run, SettingTable& table) {
  table.AddInteger<int64_t>("run.steps", run.method.steps, 1, kMaxInt, "");
  table.AddInteger("run.batch", run.batch, 1, 1'000'000, "pictures of a step, over all ranks");
  table.AddInteger<int64_t>("run.micro_batch", run.method.micro_batch, 0, 1'000'000,
                            "pictures of a rank that go through the student at once; 0: all");
  table.AddInteger<uint64_t>("run.seed", run.method.seed, 0, UINT64_MAX, "of everything random");
  table.AddText("run.device", run.method.device, "cpu, cuda:N, or cuda for one GPU a rank", kMayDiffer);
  table.AddFlag("run.bfloat16", run.method.bfloat16, "autocast of encoders and decoder");
  table.AddInteger("run.threads", run.threads, 0, 1024, "to compute with; 0: one per core", kMayDiffer);
  table.AddInteger("run.checkpoint_every", run.checkpoint_every, 1, kMaxInt, "steps", kMayDiffer);
  table.AddInteger("run.keep_checkpoints", run.keep_checkpoints, 1, kMaxInt, "the newest", kMayDiffer);
  table.AddInteger("run.grid_every", run.grid_every, 0, kMaxInt,
                   "steps between pictures of masks and clusters; 0: none", kMayDiffer);
  table.AddInteger("run.grid_pictures", run.grid_pictures, 1, 64, "in each", kMayDiffer);
}

}  // namespace

absl::StatusOr<LoadedSettings> ParseSettings(const std::string& yaml, const std::string& file_name,
                                             const std::vector<std::string>& overrides) {
  LoadedSettings loaded;
  RunSettings& run = loaded.settings;
  SettingTable table;
  DeclareModel(run, table);
  DeclareData(run.data, table);
  DeclareAugmentation(run.augmentation, table);
  DeclareMethod(run.method, table);
  DeclareRun(run, table);

  if (absl::Status status = table.Read(yaml, file_name); !status.ok()) return status;
  for (const std::string& assignment : overrides) {
    if (absl::Status status = table.Set(assignment); !status.ok()) return status;
  }
  loaded.yaml = table.ToYaml();
  loaded.identity = table.Identity();
  return loaded;
}

absl::StatusOr<LoadedSettings> LoadSettings(const std::string& recipe,
                                            const std::vector<std::string>& overrides) {
  const absl::StatusOr<std::string> yaml = ReadFileBytes(recipe, kMaxRecipeBytes);
  if (!yaml.ok()) return yaml.status();
  return ParseSettings(*yaml, recipe, overrides);
}

}  // namespace pixelclip
