#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "cli/segment_command.h"
#include "client/cpp/commands.h"
#include "client/cpp/remote_backend.h"
#include "client/cpp/server_options.h"

namespace pixelclip {
namespace {

struct Options {
  SegmentOptions segment;
  ServerOptions server;
  SegmentRequestOptions request;
};

absl::StatusOr<std::unique_ptr<SegmentBackend>> MakeBackend(const Options& options,
                                                            const Vocabulary& vocabulary,
                                                            const ClassifyOptions& outputs) {
  absl::StatusOr<std::unique_ptr<Client>> client = MakeClient(options.server);
  if (!client.ok()) return client.status();
  SegmentRequestOptions request = options.request;
  request.outputs = outputs;
  request.tiling = options.segment.picture.tiling;
  request.input = options.segment.picture.input;
  return std::make_unique<RemoteBackend>(*std::move(client), vocabulary, std::move(request));
}

}  // namespace

Command AddSegmentCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("segment", "Say which word fits each pixel of a picture");
  AddSegmentOptions(*command, options->segment);
  AddServerOptions(*command, options->server);
  command
      ->add_option("--model", options->request.model,
                   "One of those that pixelclip models lists [the server's default]")
      ->option_text("NAME")
      ->group("Server");
  command
      ->add_option("--resolution", options->segment.picture.input.resolution,
                   "Pixels a side of the network's input, a multiple of 32 from 64 to 1024 [the model's own]")
      ->check(CLI::Range(64, 1024))
      ->option_text("N")
      ->group("Labels");
  const auto set_encoding = [&request = options->request](const std::string& name) {
    request.label_map = name == "rle"   ? LabelMapTransport::kRle
                        : name == "raw" ? LabelMapTransport::kRaw
                                        : LabelMapTransport::kPng;
  };
  command
      ->add_option_function<std::string>("--encoding", set_encoding,
                                         "How the label map travels: png, rle or raw [png]")
      ->check(CLI::IsMember({"png", "rle", "raw"}))
      ->option_text("NAME")
      ->group("Server");
  const auto set_priority = [&request = options->request](const std::string& name) {
    request.priority = name == "low"    ? RequestPriority::kLow
                       : name == "high" ? RequestPriority::kHigh
                                        : RequestPriority::kNormal;
  };
  command
      ->add_option_function<std::string>("--priority", set_priority,
                                         "What a busy server does first: low, normal or high [normal]")
      ->check(CLI::IsMember({"low", "normal", "high"}))
      ->option_text("NAME")
      ->group("Server");
  options->segment.parallel = 4;
  command->add_option("-j,--parallel", options->segment.parallel, "Pictures in flight at once [4]")
      ->check(CLI::Range(1, 256))
      ->option_text("N")
      ->group("Server");
  command->footer(
      "Examples:\n"
      "  pixelclip segment photo.jpg dog \"grass, lawn\" sky --out overlay.png\n"
      "  pixelclip segment *.jpg --words-file city.txt --out overlays/ --labels labels/\n"
      "  curl -s https://example.com/photo.jpg | pixelclip segment - dog sky --json");
  return {command, [options, &console] {
            return RunSegment(
                "pixelclip", options->segment,
                [options](const Vocabulary& vocabulary, const ClassifyOptions& outputs) {
                  return MakeBackend(*options, vocabulary, outputs);
                },
                console);
          }};
}

}  // namespace pixelclip
