#ifndef PIXELCLIP_TRAINER_EVALUATE_EVALUATE_H_
#define PIXELCLIP_TRAINER_EVALUATE_EVALUATE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console.h"
#include "core/image/decode_limits.h"
#include "core/segmenter.h"
#include "core/tiling.h"
#include "trainer/evaluate/data_sets.h"
#include "trainer/evaluate/report.h"

namespace pixelclip {

// Which pictures of a set are measured here: those whose number, modulo `count`, is `index`.
struct Shard {
  int index = 0;
  int count = 1;
};

// "0/2".
absl::StatusOr<Shard> ParseShard(std::string_view text);

// Replaces the numbers by their sums over all ranks, on every rank.
using AllReduceSum = std::function<absl::Status(std::vector<int64_t>& numbers)>;

struct EvaluateOptions {
  // A checkpoint file or directory, and how to run it; `segmenter.device` is "cpu" or "cuda:N".
  std::string model;
  SegmenterOptions segmenter;

  std::vector<DataSetChoice> sets;

  // Sentences around a class name; empty: the eight published ones.
  std::vector<std::string> templates;
  // How a pixel becomes background, in sets that have one (they need either): a word wins, or the best cosine
  // is below the threshold.
  std::vector<std::string> background_words;
  std::optional<float> background_threshold;
  std::optional<float> background_softmax_scale;  // see Background in core/text/vocabulary.h
  SynonymRule synonym_rule = SynonymRule::kAverage;

  // How the model looks at a picture, and what becomes of its labels. Neither tiles nor refinement for masks.
  InputOptions input;
  std::optional<TilingOptions> tiling;
  int refine_steps = 0;

  // The means run over classes that occur in at least so many pictures. Published figures: 1.
  int min_pictures = 1;

  // Pictures in one run of the visual encoder; as many again are being decoded meanwhile. The figures do not
  // depend on it.
  int batch = 4;
  DecodeLimits decode_limits;

  // The part to measure. With `all_reduce`, rank shard.index of shard.count ranks: the counts of all are
  // added up through it, every rank returns the whole report, and a rank's error is every rank's error.
  Shard shard;
  AllReduceSum all_reduce;

  // Written by rank 0 alone if there are several.
  ReportFiles files;
};

// Measures a loaded model on all sets: the mean intersection over union and its companions at the pictures'
// own size. Progress goes to console.err. A picture or label file that cannot be read is an error that names
// it. `options.model` is only for the report; files are not written.
absl::StatusOr<Report> Evaluate(const Segmenter& segmenter, const EvaluateOptions& options, Console& console);

// Loads the model, measures, writes the files, prints the table of the sets to console.out (rank 0 alone).
absl::Status RunEvaluate(const EvaluateOptions& options, Console& console);

// Adds up the report files of a run's parts and writes and prints the result as RunEvaluate does. Errors name
// the files, and the parts that are missing.
absl::Status RunMergeReports(const std::vector<std::string>& paths, const ReportFiles& files,
                             Console& console);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_EVALUATE_H_
