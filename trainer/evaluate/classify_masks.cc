#include "trainer/evaluate/classify_masks.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/evaluate/mask_scores.h"
#include "trainer/evaluate/measure_sets.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

constexpr std::pair<MaskKind, std::string_view> kNames[] = {{MaskKind::kClasses, "classes"},
                                                            {MaskKind::kRegions, "regions"},
                                                            {MaskKind::kInstances, "instances"},
                                                            {MaskKind::kRle, "rle"}};

std::string MaskKindName(MaskKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return std::string(name);
  }
  return "";
}

absl::StatusOr<std::vector<RunMask>> MasksOfTruth(const LabelledPicture& picture, const LabelMap& truth,
                                                  bool regions) {
  const ValueMap values{truth.width, truth.height, {truth.labels.begin(), truth.labels.end()}};
  auto masks = regions ? MasksOfRegions(values, kIgnoredClass) : MasksOfValues(values, kIgnoredClass);
  if (!masks.ok()) return FileError(picture.label_path, masks.status());
  return masks;
}

absl::StatusOr<std::vector<RunMask>> ReadInstances(const LabelledPicture& picture, const LabelMap& truth) {
  if (picture.instances_path.empty()) {
    return FileError(picture.picture_path, "this set has no file with its instances");
  }
  auto instances = ReadValuePng(picture.instances_path);
  if (!instances.ok()) return instances.status();
  if (instances->width != truth.width || instances->height != truth.height) {
    return FileError(picture.instances_path,
                     absl::StrCat("has ", instances->width, "x", instances->height,
                                  " pixels, but its labels have ", truth.width, "x", truth.height));
  }
  // What does not count is nobody's: VOC draws borders between its objects, with a number of their own.
  for (size_t i = 0; i < truth.labels.size(); ++i) {
    if (truth.labels[i] == kIgnoredClass) instances->values[i] = 0;
  }
  auto masks = MasksOfValues(*instances, /*none=*/0);
  if (!masks.ok()) return FileError(picture.instances_path, masks.status());
  return masks;
}

absl::StatusOr<std::vector<RunMask>> ReadRle(const std::string& folder, const LabelledPicture& picture,
                                             const LabelMap& truth) {
  const std::string name = std::filesystem::path(picture.picture_path).stem().string();
  const std::string path = (std::filesystem::path(folder) / (name + ".json")).string();
  const auto text = ReadFileBytes(path);
  if (!text.ok()) return text.status();
  auto masks = ParseRleMasks(*text, truth.width, truth.height);
  if (!masks.ok()) return FileError(path, masks.status());
  return masks;
}

// Calls `visit` with the index, by rows, of each pixel of a mask.
template <typename Visit>
void ForEachPixel(const RunMask& mask, int width, int height, const Visit& visit) {
  for (const PixelRun& run : mask) {
    for (uint32_t i = run.begin; i < run.end; ++i) visit(size_t{i % height} * width + i / height);
  }
}

// The class of more than half of the mask's pixels; kIgnoredClass if there is none.
uint16_t MajorityClass(const RunMask& mask, const LabelMap& truth) {
  // The only value that can be a majority: whatever is left after pairs of different ones have cancelled out.
  uint16_t candidate = kIgnoredClass;
  int64_t balance = 0;
  ForEachPixel(mask, truth.width, truth.height, [&](size_t pixel) {
    if (balance == 0) candidate = truth.labels[pixel];
    balance += truth.labels[pixel] == candidate ? 1 : -1;
  });
  int64_t count = 0;
  ForEachPixel(mask, truth.width, truth.height,
               [&](size_t pixel) { count += truth.labels[pixel] == candidate; });
  return 2 * count > AreaOf(mask) ? candidate : kIgnoredClass;
}

// As pixels are labelled: the best candidate, of equals the first; background words and what is below the
// threshold are the label behind the classes.
uint16_t LabelOf(const std::vector<float>& scores, const EmbeddedVocabulary& vocabulary) {
  const auto best = std::max_element(scores.begin(), scores.end());
  const size_t background = vocabulary.class_names.size();
  const bool is_too_low = vocabulary.background && vocabulary.background->score_threshold &&
                          *best < *vocabulary.background->score_threshold;
  return is_too_low ? static_cast<uint16_t>(background) : vocabulary.LabelOfRow(best - scores.begin());
}

absl::Status CountMasks(const LabelMap& truth, const std::vector<RunMask>& masks, const ScoreGrid& scores,
                        const EmbeddedVocabulary& vocabulary, SetReport& report) {
  std::vector<size_t> order(masks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return AreaOf(masks[a]) > AreaOf(masks[b]); });

  MaskScores mask_scores(scores, truth.width, truth.height);
  std::vector<uint16_t> painted(truth.labels.size(), kIgnoredClass);
  for (const size_t i : order) {
    const uint16_t label = LabelOf(mask_scores.Mean(masks[i]), vocabulary);
    const uint16_t expected = MajorityClass(masks[i], truth);
    report.masks->Add(expected, label);
    report.masks_without_class += expected == kIgnoredClass;
    ForEachPixel(masks[i], truth.width, truth.height, [&](size_t pixel) { painted[pixel] = label; });
  }
  report.pixels.Add(truth.labels, painted);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MaskKind> ParseMaskKind(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("masks \"", std::string(name), "\": must be classes, regions, instances or rle"));
}

absl::StatusOr<Report> ClassifyMasks(const Segmenter& segmenter, const ClassifyMasksOptions& options,
                                     Console& console) {
  if ((options.masks == MaskKind::kRle) == options.mask_folder.empty()) {
    return absl::InvalidArgumentError(
        "--mask-folder must name a folder for --masks rle, and nothing else takes one");
  }
  const EvaluateOptions& evaluate = options.evaluate;
  if (evaluate.tiling || evaluate.refine_steps > 0 || evaluate.background_softmax_scale) {
    return absl::InvalidArgumentError(
        "--tile, --refine-steps and --background-softmax-scale concern pixels; masks are classified by their "
        "mean scores");
  }
  Measurement measurement;
  measurement.command = "classify-masks";
  measurement.masks = MaskKindName(options.masks);
  measurement.count_scores = CountMasks;
  measurement.read_masks = [&options](const LabelledPicture& picture,
                                      const LabelMap& truth) -> absl::StatusOr<std::vector<RunMask>> {
    switch (options.masks) {
      case MaskKind::kClasses:
        return MasksOfTruth(picture, truth, /*regions=*/false);
      case MaskKind::kRegions:
        return MasksOfTruth(picture, truth, /*regions=*/true);
      case MaskKind::kInstances:
        return ReadInstances(picture, truth);
      case MaskKind::kRle:
        return ReadRle(options.mask_folder, picture, truth);
    }
    return absl::InternalError("unknown kind of masks");
  };
  return MeasureSets(segmenter, options.evaluate, measurement, console);
}

absl::Status RunClassifyMasks(const ClassifyMasksOptions& options, Console& console) {
  return LoadAndReport(
      options.evaluate,
      [&](const Segmenter& segmenter) { return ClassifyMasks(segmenter, options, console); }, console);
}

}  // namespace pixelclip
