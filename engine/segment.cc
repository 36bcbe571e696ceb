#include <CLI/CLI.hpp>
#include <cstdint>
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
  DecodeLimits decode_limits;
};

absl::StatusOr<std::unique_ptr<SegmentBackend>> MakeBackend(const Options& options,
                                                            const Vocabulary& vocabulary,
                                                            const ClassifyOptions& outputs) {
  absl::StatusOr<LoadedModel> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  const bool draws_overlay = !options.segment.out.empty();
  return LocalBackend::Create(*std::move(model), vocabulary,
                              {outputs, options.segment.picture.tiling, options.segment.picture.input,
                               options.decode_limits, draws_overlay});
}

}  // namespace

Command AddSegmentCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("segment", "Say which word fits each pixel of a picture");
  AddSegmentOptions(*command, options->segment);
  command
      ->add_option("--max-image-pixels", options->decode_limits.max_pixels,
                   "Refuse pictures with more than N pixels [67108864, which are 64 Mi]")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->option_text("N")
      ->group("Large pictures");
  AddModelOptions(*command, options->model);
  AddResolutionOption(*command, options->model.resolution);
  command->footer(
      "Examples:\n"
      "  pixelclip-engine segment photo.jpg dog \"grass, lawn\" sky --out overlay.png\n"
      "  pixelclip-engine segment --model ViT-B-16.pt *.jpg --words-file city.txt --labels labels/\n"
      "  pixelclip-engine segment map.tif forest river road --tile 640 --max-image-pixels 250000000 "
      "--labels labels.png\n"
      "  curl -s https://example.com/photo.jpg | pixelclip-engine segment - dog sky --json");
  return {command, [options, &console] {
            return RunSegment(
                "pixelclip-engine", options->segment,
                [options](const Vocabulary& vocabulary, const ClassifyOptions& outputs) {
                  return MakeBackend(*options, vocabulary, outputs);
                },
                console);
          }};
}

}  // namespace pixelclip
