#ifndef PIXELCLIP_TRAINER_RUN_EVALUATE_FLAGS_H_
#define PIXELCLIP_TRAINER_RUN_EVALUATE_FLAGS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/segment_options.h"
#include "trainer/evaluate/evaluate.h"

namespace CLI {
class App;
}

namespace pixelclip {

// What the command lines of evaluate and classify-masks have in common.
struct EvaluateFlags {
  EvaluateOptions options;  // but for sets, shard, words and pictures
  WordOptions words;
  PictureOptions pictures;
  std::vector<std::string> sets;     // "KIND=FOLDER"
  std::vector<std::string> reports;  // to be merged instead
  std::string names_file;
  std::vector<uint16_t> ignored_values = {255};
  std::optional<uint16_t> background_value;
  std::string shard;
  int threads = 0;
};

// `flags` must outlive the parsing.
void AddEvaluateFlags(CLI::App& command, EvaluateFlags& flags);

// Merges reports if the flags name some; otherwise completes the options, connects the ranks if there are
// several, and runs `measure` with them.
ExitCode RunEvaluateFlags(const EvaluateFlags& flags, Console& console,
                          const std::function<absl::Status(const EvaluateOptions& options)>& measure);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_EVALUATE_FLAGS_H_
