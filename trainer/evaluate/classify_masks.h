#ifndef PIXELCLIP_TRAINER_EVALUATE_CLASSIFY_MASKS_H_
#define PIXELCLIP_TRAINER_EVALUATE_CLASSIFY_MASKS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/evaluate/evaluate.h"

namespace pixelclip {

// Where the masks come from whose classes are asked for.
enum class MaskKind {
  kClasses,    // "classes": all pixels of one class in a picture
  kRegions,    // "regions": pixels of one class that touch, corners included
  kInstances,  // "instances": the layout's instance numbers (VOC, Cityscapes, a folder's instances/)
  kRle,        // "rle": COCO run lengths, from SAM or anything else; they may overlap
};

absl::StatusOr<MaskKind> ParseMaskKind(std::string_view name);

struct ClassifyMasksOptions {
  EvaluateOptions evaluate;  // files, sets, background and ranks as there
  MaskKind masks = MaskKind::kRegions;
  // Of kRle: a folder with one JSON file for each picture, named as the picture. See docs/evaluation.md.
  std::string mask_folder;
};

// Gives each mask one class: the mean over its pixels of the published scores (features resized to 64 x 64,
// unit length, times the class embeddings, resized to the picture), the largest of which wins. Equal to the
// product with the mean of the unit features.
//
// A mask's true class is the one that covers more than half of its pixels; masks without one are counted
// apart. Report::sets[i].masks counts masks; .pixels compares the ground truth with the picture painted with
// the masks' classes, small masks over large ones, where pixels in no mask have no class.
absl::StatusOr<Report> ClassifyMasks(const Segmenter& segmenter, const ClassifyMasksOptions& options,
                                     Console& console);

// As RunEvaluate. Parts are added up by RunMergeReports.
absl::Status RunClassifyMasks(const ClassifyMasksOptions& options, Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_CLASSIFY_MASKS_H_
