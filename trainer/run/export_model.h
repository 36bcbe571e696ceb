#ifndef PIXELCLIP_TRAINER_RUN_EXPORT_MODEL_H_
#define PIXELCLIP_TRAINER_RUN_EXPORT_MODEL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/method/learner.h"
#include "trainer/run/run_folder.h"

namespace pixelclip {

// Writes what the learner, made with `settings`, has learnt into `folder`: model/, prompts.safetensors and
// pixelclip.pth (RunFolder says what each is). Returns what was left out and why, in a sentence each:
// PixelCLIP's own layout cannot hold every model.
absl::StatusOr<std::vector<std::string>> ExportModel(const PixelClipLearner& learner,
                                                     const MethodSettings& settings, const RunFolder& folder);

struct ExportOptions {
  std::string run;    // a run's folder, of which the newest checkpoint counts, or one checkpoint file
  std::string out;    // where to write; empty: into the run's folder
  std::string model;  // where the model lies that the run started from; empty: where the run found it
};

// The same for a run that has ended, or goes on. Errors name the file.
absl::StatusOr<std::vector<std::string>> ExportRun(const ExportOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_EXPORT_MODEL_H_
