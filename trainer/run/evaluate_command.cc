#include <CLI/CLI.hpp>
#include <memory>

#include "trainer/evaluate/evaluate.h"
#include "trainer/run/commands.h"
#include "trainer/run/evaluate_flags.h"

namespace pixelclip {

Command AddEvaluateCommand(CLI::App& app, Console& console) {
  const auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure a model on labelled pictures: mIoU and others");
  AddEvaluateFlags(*command, *flags);
  const auto measure = [&console](const EvaluateOptions& options) { return RunEvaluate(options, console); };
  return {command, [flags, &console, measure] { return RunEvaluateFlags(*flags, console, measure); }};
}

}  // namespace pixelclip
