#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/file_io.h"
#include "core/image/decode.h"
#include "engine/commands.h"
#include "engine/model_options.h"
#include "engine/tensor_files.h"

namespace pixelclip {
namespace {

struct Options {
  ModelOptions model;
  std::string image;
  std::string tensor;
  std::string out;
};

absl::StatusOr<NetworkInput> ReadPicture(const std::string& path, const Segmenter& segmenter) {
  const absl::StatusOr<std::string> encoded = ReadInput(path);
  if (!encoded.ok()) return encoded.status();
  const absl::StatusOr<Image> image = DecodeImage(*encoded);
  if (!image.ok()) {
    return absl::Status(image.status().code(), absl::StrCat(path, ": ", image.status().message()));
  }
  return segmenter.Preprocess(*image, {});
}

absl::Status WriteFeatures(const Options& options) {
  const absl::StatusOr<LoadedModel> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  absl::StatusOr<NetworkInput> input = options.tensor.empty() ? ReadPicture(options.image, *model->segmenter)
                                                              : ReadNetworkInput(options.tensor);
  if (!input.ok()) return input.status();
  std::vector<NetworkInput> batch;
  batch.push_back(*std::move(input));
  const absl::StatusOr<std::vector<DenseFeatures>> encoded = model->segmenter->EncodeImages(batch);
  if (!encoded.ok()) return encoded.status();
  const DenseFeatures& features = encoded->front();
  return WriteTensorFile(options.out, "dense", {1, features.height, features.width, features.channels},
                         features.values);
}

ExitCode RunFeatures(const Options& options, Console& console) {
  if (options.image.empty() && options.tensor.empty()) {
    return Fail(console, "pixelclip-engine",
                absl::InvalidArgumentError("features: name a picture with --image, or a file with --tensor"),
                ExitCode::kUsage);
  }
  const absl::Status status = WriteFeatures(options);
  return status.ok() ? ExitCode::kSuccess : Fail(console, "pixelclip-engine", status);
}

}  // namespace

Command AddFeaturesCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("features", "Write the dense features of a picture");
  CLI::Option* image =
      command->add_option("--image", options->image, "Picture, or -; resized and normalised as published")
          ->option_text("FILE");
  command
      ->add_option("--tensor", options->tensor,
                   "Or a safetensors file with `image`, [1, 3, height, width], normalised")
      ->option_text("FILE")
      ->excludes(image);
  command->add_option("-o,--out", options->out, "Safetensors file for `dense`, [1, h, w, D], not normalised")
      ->option_text("FILE")
      ->required();
  AddModelOptions(*command, options->model);
  AddResolutionOption(*command, options->model.resolution);
  command->footer(
      "Example:\n"
      "  pixelclip-engine features --model ViT-B-16.pt --image photo.jpg --out dense.safetensors");
  return {command, [options, &console] { return RunFeatures(*options, console); }};
}

}  // namespace pixelclip
