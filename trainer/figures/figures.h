#ifndef PIXELCLIP_TRAINER_FIGURES_FIGURES_H_
#define PIXELCLIP_TRAINER_FIGURES_FIGURES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/model_config.h"
#include "trainer/masks/mask_source.h"
#include "trainer/method/method_settings.h"

namespace pixelclip {

// The paper's figures, and curves of a run.
enum class FigureKind {
  kSideBySide,      // "side-by-side": pictures, and what each model sees in them
  kPromptMap,       // "prompt-map": t-SNE of the learned prompts among the names of a data set
  kPromptMasks,     // "prompt-masks": the prompts that find most, their nearest name and their masks
  kClusteredMasks,  // "clustered-masks": masks as they came, and merged by each model's clusters
  kCurves,          // "curves": a field of one or several runs' JSON-lines logs over the steps
};

// The kind of such a name. INVALID_ARGUMENT lists the names.
absl::StatusOr<FigureKind> FigureKindFromName(std::string_view name);

// A model, or for kCurves a log, and what the figure calls it.
struct FigureInput {
  std::string path;
  std::string caption;  // empty: the path's last part
  std::string prompts;  // a run's prompts.safetensors; empty: the model's file holds them
};

struct FigureOptions {
  FigureKind kind = FigureKind::kSideBySide;

  // kSideBySide: the models in the order of the columns, the base first. kPromptMap, kPromptMasks: one model
  // with prompts. kClusteredMasks: one or more of those, mostly for C = 64, 128, 256. kCurves: log files.
  std::vector<FigureInput> inputs;

  // kSideBySide, kPromptMasks: picture files, in the order of the rows (or columns).
  std::vector<std::string> pictures;

  // kSideBySide, kPromptMap, kPromptMasks: the names, one class a line, synonyms with commas between.
  std::string vocabulary_file;

  // kClusteredMasks: pictures with masks. The first max_pictures of it are drawn; all their masks are
  // clustered together, as a training step does.
  std::shared_ptr<const MaskSource> masks;
  int max_pictures = 4;

  // kPromptMasks: prompts to show.
  int max_prompts = 8;

  // kCurves: the log's field, such as "loss" or "gradient_norm"; steps to average over, 1 for none.
  std::string field = "loss";
  int smoothing = 1;

  std::string caption;  // below the figure; may be empty
  std::string output;   // the PNG file to write

  // What the run was trained with, for kPromptMap, kPromptMasks and kClusteredMasks: templates, resolution,
  // epsilon and so on; its device counts for every kind. The number and the length of prompts are the
  // checkpoint's own.
  MethodSettings method;
  std::optional<Activation> activation;  // for checkpoints that do not say
  uint64_t seed = 0;                     // of t-SNE
};

// Draws one figure and writes it, as a whole or not at all. Errors name the option, file or field that is
// wrong. Takes as long as the models take: seconds to minutes.
absl::Status RunFigures(const FigureOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_FIGURES_H_
