#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/text/unicode.h"
#include "engine/commands.h"
#include "engine/model_options.h"
#include "engine/tensor_files.h"

namespace pixelclip {
namespace {

struct Options {
  ModelOptions model;
  std::vector<std::string> prompts;
  std::string out;
};

absl::Status WriteTextFeatures(const Options& options) {
  for (const std::string& prompt : options.prompts) {
    if (!IsValidUtf8(prompt))
      return absl::InvalidArgumentError(absl::StrCat("\"", prompt, "\" is not valid UTF-8"));
  }
  const absl::StatusOr<LoadedModel> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  const absl::StatusOr<TextFeatures> features = model->segmenter->EncodeTexts(options.prompts);
  if (!features.ok()) return features.status();
  return WriteTensorFile(options.out, "text", {features->count, features->channels}, features->values);
}

}  // namespace

Command AddTextCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("text", "Write the embeddings of texts");
  command->add_option("PROMPT", options->prompts, "Texts, as they are: no template is put around them")
      ->option_text(" ")
      ->required();
  command->add_option("-o,--out", options->out, "Safetensors file for `text`, [prompts, D], not normalised")
      ->option_text("FILE")
      ->required();
  AddModelOptions(*command, options->model);
  command->footer(
      "Example:\n"
      "  pixelclip-engine text --model ViT-B-16.pt --out text.safetensors \"a photo of a dog.\" \"a photo of "
      "grass.\"");
  return {command, [options, &console] {
            const absl::Status status = WriteTextFeatures(*options);
            return status.ok() ? ExitCode::kSuccess : Fail(console, "pixelclip-engine", status);
          }};
}

}  // namespace pixelclip
