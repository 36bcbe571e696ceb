#include "trainer/run/training_checkpoint.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/safetensors.h"
#include "trainer/run/stored_tensors.h"

namespace pixelclip {
namespace {

constexpr char kFormat[] = "pixelclip-training-1";

std::string PositionText(const LoaderPosition& position) {
  return nlohmann::ordered_json{{"step", position.step},
                                {"bad_pictures", position.bad_pictures},
                                {"without_masks", position.without_masks}}
      .dump();
}

absl::StatusOr<LoaderPosition> ReadPosition(const std::string& text) {
  LoaderPosition position;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    json.at("step").get_to(position.step);
    json.at("bad_pictures").get_to(position.bad_pictures);
    json.at("without_masks").get_to(position.without_masks);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("its loader position is broken: ", error.what()));
  }
  return position;
}

absl::StatusOr<TrainingCheckpoint> FromFile(const SafetensorsFile& file) {
  std::map<std::string, std::string> metadata = file.metadata();
  if (metadata["format"] != kFormat) {
    return absl::InvalidArgumentError(absl::StrCat("not a checkpoint of a training run: its format is \"",
                                                   metadata["format"], "\", expected ", kFormat));
  }
  absl::StatusOr<LoaderPosition> position = ReadPosition(metadata["loader_position"]);
  if (!position.ok()) return position.status();
  TrainingCheckpoint checkpoint;
  checkpoint.position = *std::move(position);
  checkpoint.settings = std::move(metadata["settings"]);
  checkpoint.model_version = std::move(metadata["model_version"]);
  checkpoint.state = CopiesOf(file.tensors());
  return checkpoint;
}

}  // namespace

absl::Status SaveTrainingCheckpoint(const TrainingCheckpoint& checkpoint, const std::string& path) {
  const absl::StatusOr<std::map<std::string, StoredTensor>> tensors = ViewsOf(checkpoint.state);
  if (!tensors.ok()) return tensors.status();
  return WriteSafetensors(path, *tensors,
                          {{"format", kFormat},
                           {"loader_position", PositionText(checkpoint.position)},
                           {"settings", checkpoint.settings},
                           {"model_version", checkpoint.model_version}});
}

absl::StatusOr<TrainingCheckpoint> ReadTrainingCheckpoint(const std::string& path) {
  const absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<TrainingCheckpoint> checkpoint = FromFile(*file);
  if (!checkpoint.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", checkpoint.status().message()));
  }
  return checkpoint;
}

absl::StatusOr<TrainingCheckpoint> ReadNewestCheckpoint(const RunFolder& folder,
                                                        std::vector<std::string>& passed_over) {
  const std::vector<int64_t> steps = folder.CheckpointSteps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    absl::StatusOr<TrainingCheckpoint> checkpoint = ReadTrainingCheckpoint(folder.checkpoint(*step));
    if (checkpoint.ok()) return checkpoint;
    passed_over.emplace_back(checkpoint.status().message());
  }
  return absl::NotFoundError(absl::StrCat(folder.path(), ": no complete checkpoint in its checkpoints/"));
}

}  // namespace pixelclip
