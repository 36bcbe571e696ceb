#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "cli/segment_command.h"
#include "engine/commands.h"
#include "engine/local_backend.h"

namespace pixelclip {
namespace {

struct Options {
  SegmentOptions segment;
  ModelOptions model;
};

}  // namespace

Command AddSegmentCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("segment", "Say which word fits each pixel of a picture");
  AddSegmentOptions(*command, options->segment);
  AddModelOptions(*command, options->model);
  AddResolutionOption(*command, options->model.resolution);
  command->footer(
      "Examples:\n"
      "  pixelclip-engine segment photo.jpg dog \"grass, lawn\" sky --out overlay.png\n"
      "  pixelclip-engine segment --model ViT-B-16.pt *.jpg --words-file city.txt --labels labels/\n"
      "  curl -s https://example.com/photo.jpg | pixelclip-engine segment - dog sky --json");
  return {command, [options, &console] {
            return RunSegment(
                "pixelclip-engine", options->segment,
                [options](const Vocabulary& vocabulary,
                          const ClassifyOptions& outputs) -> absl::StatusOr<std::unique_ptr<SegmentBackend>> {
                  absl::StatusOr<LoadedModel> model = LoadModel(options->model);
                  if (!model.ok()) return model.status();
                  return LocalBackend::Create(*std::move(model), vocabulary, outputs);
                },
                console);
          }};
}

}  // namespace pixelclip
