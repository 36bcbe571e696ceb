#ifndef PIXELCLIP_TRAINER_EVALUATE_MEASURE_SETS_H_
#define PIXELCLIP_TRAINER_EVALUATE_MEASURE_SETS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console.h"
#include "core/embedded_vocabulary.h"
#include "core/image/image.h"
#include "core/score_grid.h"
#include "core/segmenter.h"
#include "trainer/evaluate/evaluate.h"
#include "trainer/evaluate/run_masks.h"

namespace pixelclip {

// What is done with each picture: the part in which the commands differ.
struct Measurement {
  std::string command;  // for the report and the progress bar
  std::string masks;    // for the report; empty if there are none

  // Reads the picture's masks, which lie in the ground truth's size. Empty: there are none. Called from
  // several threads at once.
  std::function<absl::StatusOr<std::vector<RunMask>>(const LabelledPicture& picture, const LabelMap& truth)>
      read_masks;

  // Counts one picture, by its labels or by the scores that they would be made of: exactly one of these.
  std::function<void(const LabelMap& truth, const LabelMap& labels, SetReport& report)> count_labels;
  std::function<absl::Status(const LabelMap& truth, const std::vector<RunMask>& masks,
                             const ScoreGrid& scores, const EmbeddedVocabulary& vocabulary,
                             SetReport& report)>
      count_scores;
};

// Opens all sets; then, set by set, decodes this shard's pictures on threads, runs the encoder on them in
// batches and counts; then adds up the ranks. See Evaluate about options and errors.
absl::StatusOr<Report> MeasureSets(const Segmenter& segmenter, const EvaluateOptions& options,
                                   const Measurement& measurement, Console& console);

// What both commands are around that: loads the model; lets `measure` have it; writes the files and prints
// the sets' table, unless another rank does.
absl::Status LoadAndReport(const EvaluateOptions& options,
                           const std::function<absl::StatusOr<Report>(const Segmenter&)>& measure,
                           Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_MEASURE_SETS_H_
