#ifndef PIXELCLIP_TRAINER_RUN_RUN_FOLDER_H_
#define PIXELCLIP_TRAINER_RUN_RUN_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// Where a training run keeps its files:
//
//   settings.yaml                        the effective settings
//   losses.jsonl                         one JSON object a step
//   events.out.tfevents.*                the same for TensorBoard
//   grids/step_00000100.png              pictures, masks and clusters
//   checkpoints/step_00000100.safetensors  everything that continuing the run needs (training_checkpoint.h)
//   model/                               the student in OpenCLIP's layout, which server and engine load
//   pixelclip.pth                        student, prompts, teacher and decoder under PixelCLIP's names
//   prompts.safetensors                  prompt_tokens [C, L, width] and cluster_embeddings [C, D], float32
//
// A plain value: paths only.
class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string settings() const { return path_ + "/settings.yaml"; }
  std::string losses() const { return path_ + "/losses.jsonl"; }
  std::string grid(int64_t step) const { return path_ + "/grids/" + StepName(step) + ".png"; }
  std::string checkpoint(int64_t step) const {
    return path_ + "/checkpoints/" + StepName(step) + ".safetensors";
  }
  std::string model() const { return path_ + "/model"; }
  std::string pixelclip() const { return path_ + "/pixelclip.pth"; }
  std::string prompts() const { return path_ + "/prompts.safetensors"; }

  // Makes the folder and its subfolders, and removes temporary files that a killed run has left in them.
  absl::Status Create() const;

  // The steps that have a checkpoint file, ascending.
  std::vector<int64_t> CheckpointSteps() const;

  // Removes all checkpoints but the `keep` newest.
  void RemoveOldCheckpoints(int keep) const;

 private:
  static std::string StepName(int64_t step);

  std::string path_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_RUN_FOLDER_H_
