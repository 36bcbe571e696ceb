#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/display_text.h"
#include "core/checkpoint/checkpoint.h"
#include "core/precision.h"
#include "engine/commands.h"
#include "engine/model_options.h"

namespace pixelclip {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string path;
  LoadOptions load;
  bool json = false;
};

struct ParameterCounts {
  int64_t visual = 0;
  int64_t text = 0;
  int64_t total = 0;  // the temperature, logit_scale, is in neither tower
};

ParameterCounts CountParameters(const Checkpoint& checkpoint) {
  ParameterCounts counts;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const int64_t elements = NumElements(tensor);
    counts.total += elements;
    if (absl::StartsWith(name, "visual.")) {
      counts.visual += elements;
    } else if (name != "logit_scale") {
      counts.text += elements;
    }
  }
  return counts;
}

// Mostly one: "F16".
std::vector<std::string> DtypesOf(const Checkpoint& checkpoint) {
  std::set<std::string> dtypes;
  for (const auto& [name, tensor] : checkpoint.tensors) dtypes.emplace(DTypeName(tensor.dtype));
  return {dtypes.begin(), dtypes.end()};
}

// What --precision takes for this model on this machine's CPU.
std::vector<std::string> PrecisionsOf(const Checkpoint& checkpoint) {
  std::vector<std::string> names = PrecisionNames();
  const auto cannot = [&](const std::string& name) {
    return !CheckPrecision(*PrecisionOfName(name), checkpoint.config.vision, "cpu").ok();
  };
  names.erase(std::remove_if(names.begin(), names.end(), cannot), names.end());
  return names;
}

// 151277313 → "151,277,313".
std::string WithThousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return digits;
}

Json ToJson(const VitConfig& vision) {
  return {{"width", vision.width},
          {"layers", vision.layers},
          {"heads", vision.heads},
          {"mlp_width", vision.mlp_width},
          {"patch_size", vision.patch_size},
          {"grid", {vision.grid_height, vision.grid_width}},
          {"layer_norm_eps", vision.layer_norm_eps},
          {"activation", ActivationName(vision.activation)}};
}

Json ToJson(const EfficientNetConfig& vision) {
  return {{"architecture", "tf_efficientnet_lite0"},
          {"image_size", vision.image_size},
          {"output_stride", vision.output_stride},
          {"refiner_width", vision.refiner_width},
          {"dense_stride", vision.dense_stride()}};
}

Json ToJson(const ConvNeXtConfig& vision) {
  return {{"architecture", "convnext"},
          {"depths", vision.depths},
          {"widths", vision.widths},
          {"projection_width", vision.projection_width},
          {"layer_norm_eps", vision.layer_norm_eps},
          {"image_size", vision.image_size},
          {"dense_stride", ConvNeXtConfig::kStride}};
}

Json ToJson(const TextConfig& text) {
  return {{"width", text.width},
          {"layers", text.layers},
          {"heads", text.heads},
          {"mlp_width", text.mlp_width},
          {"context_length", text.context_length},
          {"vocabulary_size", text.vocabulary_size},
          {"layer_norm_eps", text.layer_norm_eps},
          {"activation", ActivationName(text.activation)}};
}

std::string ToJson(const Checkpoint& checkpoint) {
  const ParameterCounts counts = CountParameters(checkpoint);
  Json json = {
      {"layout", std::string(LayoutName(checkpoint.layout))},
      {"format", checkpoint.format},
      {"weight_file", checkpoint.weight_file},
      {"version", checkpoint.version},
      {"activation_source", checkpoint.activation_source},
      {"dtypes", DtypesOf(checkpoint)},
      {"precisions", PrecisionsOf(checkpoint)},
      {"embed_dim", checkpoint.config.embed_dim},
      {"vision", std::visit([](const auto& vision) { return ToJson(vision); }, checkpoint.config.vision)},
      {"text", ToJson(checkpoint.config.text)},
      {"parameters", {{"visual", counts.visual}, {"text", counts.text}, {"total", counts.total}}},
      {"prompt_tokens", nullptr}};
  if (checkpoint.prompt_tokens.has_value()) json["prompt_tokens"] = checkpoint.prompt_tokens->shape;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ToText(const VitConfig& vision) {
  return absl::StrCat("ViT, width ", vision.width, ", layers ", vision.layers, ", heads ", vision.heads,
                      ", MLP ", vision.mlp_width, ", ", std::string(ActivationName(vision.activation)),
                      ", patches of ", vision.patch_size, " × ", vision.patch_size, " pixels, ",
                      vision.grid_height, " × ", vision.grid_width, " of them in training");
}

std::string ToText(const EfficientNetConfig& vision) {
  return absl::StrCat("EfficientNet-Lite0, a feature every ", vision.dense_stride(), " pixels, trained on ",
                      vision.image_size, " × ", vision.image_size);
}

std::string ToText(const ConvNeXtConfig& vision) {
  return absl::StrCat("ConvNeXt, widths ", absl::StrJoin(vision.widths, "-"), ", blocks ",
                      absl::StrJoin(vision.depths, "-"), ", ",
                      vision.projection_width > 0
                          ? absl::StrCat("a projection through ", vision.projection_width, " channels")
                          : "a linear projection",
                      ", a feature every ", +ConvNeXtConfig::kStride, " pixels, trained on ",
                      vision.image_size, " × ", vision.image_size);
}

std::string ToText(const TextConfig& text) {
  return absl::StrCat("width ", text.width, ", layers ", text.layers, ", heads ", text.heads, ", MLP ",
                      text.mlp_width, ", ", std::string(ActivationName(text.activation)), ", ",
                      text.context_length, " tokens of a vocabulary of ",
                      WithThousands(text.vocabulary_size));
}

std::string ToText(const Checkpoint& checkpoint) {
  const ParameterCounts counts = CountParameters(checkpoint);
  std::vector<std::pair<const char*, std::string>> facts = {
      {"layout", absl::StrCat(std::string(LayoutName(checkpoint.layout)), ", ", checkpoint.format)},
      {"weights", Printable(checkpoint.weight_file)},
      {"version", checkpoint.version},
      {"dtype", absl::StrJoin(DtypesOf(checkpoint), ", ")},
      {"precisions", absl::StrCat(absl::StrJoin(PrecisionsOf(checkpoint), ", "), ", on this machine's CPU")},
      {"activation", absl::StrCat("as said by: ", checkpoint.activation_source)},
      {"dimensions", absl::StrCat(checkpoint.config.embed_dim, ", of the joint space")},
      {"image encoder",
       std::visit([](const auto& vision) { return ToText(vision); }, checkpoint.config.vision)},
      {"text encoder", ToText(checkpoint.config.text)},
      {"parameters", absl::StrCat(WithThousands(counts.total), ": image ", WithThousands(counts.visual),
                                  ", text ", WithThousands(counts.text))},
  };
  if (const auto& prompts = checkpoint.prompt_tokens) {
    facts.emplace_back("prompts", absl::StrCat("learned, ", ShapeString(prompts->shape)));
  }
  std::string lines;
  for (const auto& [what, value] : facts) absl::StrAppend(&lines, PadRight(what, 15), value, "\n");
  return lines;
}

ExitCode RunInspect(const Options& options, Console& console) {
  const absl::StatusOr<Checkpoint> checkpoint = LoadCheckpoint(options.path, options.load);
  if (!checkpoint.ok()) return Fail(console, "pixelclip-engine", checkpoint.status());
  console.out << (options.json ? ToJson(*checkpoint) : ToText(*checkpoint));
  return ExitCode::kSuccess;
}

}  // namespace

Command AddInspectCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "Say what a checkpoint is");
  command->add_option("PATH", options->path, "Checkpoint: a file, or a folder that holds one")
      ->option_text(" ")
      ->required();
  AddActivationOption(*command, options->load.activation);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example:\n  pixelclip-engine inspect ViT-B-16.pt");
  return {command, [options, &console] { return RunInspect(*options, console); }};
}

}  // namespace pixelclip
