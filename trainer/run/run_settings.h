#ifndef PIXELCLIP_TRAINER_RUN_RUN_SETTINGS_H_
#define PIXELCLIP_TRAINER_RUN_RUN_SETTINGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/model_config.h"
#include "trainer/data/augmentation.h"
#include "trainer/dino/dino_mask_source.h"
#include "trainer/masks/label_folder.h"
#include "trainer/masks/over_segmentation.h"
#include "trainer/method/method_settings.h"

namespace pixelclip {

// Which kind of masks a run learns from.
enum class MaskOrigin { kSa1bFolder, kSa1bTars, kLabels, kCocoRle, kDino, kOverSegmentation };

// Where pictures and masks come from.
struct DataSettings {
  MaskOrigin origin = MaskOrigin::kSa1bFolder;
  std::string pictures;  // their folder; of kSa1bTars an archive or a folder of them
  std::string masks;  // of kLabels the maps' folder, of kCocoRle the JSON file, of kDino the network's file
  LabelFolderOptions labels;
  OverSegmentationOptions over_segmentation;
  DinoMaskOptions dino;  // without device and seed, which are the run's

  int threads = 2;           // that make examples
  int prefetch_batches = 2;  // made ahead
  int max_bad_pictures = 100;
};

// Everything that decides what a training run does. The defaults are PixelCLIP with a ViT and SA-1B, as
// published.
struct RunSettings {
  std::string model;                     // the checkpoint to start from
  std::optional<Activation> activation;  // for a checkpoint that does not say

  DataSettings data;
  AugmentationSettings augmentation;
  MethodSettings method;  // with steps, device and seed of the run

  int batch = 48;   // pictures of a step, over all ranks
  int threads = 0;  // that LibTorch computes with; 0: one per core

  int checkpoint_every = 500;  // steps
  int keep_checkpoints = 2;
  int grid_every = 250;  // steps between pictures of masks and clusters; 0: none
  int grid_pictures = 4;
};

struct LoadedSettings {
  RunSettings settings;
  std::string yaml;                             // all of them, to be saved with the run
  std::map<std::string, std::string> identity;  // what must stay as it is when the run is continued
};

// Reads a recipe (docs/training.md) over the defaults, then `overrides`, each "section.key=value", in their
// order. NOT_FOUND and the like for the file; INVALID_ARGUMENT with origin, key, what is allowed and the
// value.
absl::StatusOr<LoadedSettings> LoadSettings(const std::string& recipe,
                                            const std::vector<std::string>& overrides);

// The same of a file's contents, such as the settings that a checkpoint keeps.
absl::StatusOr<LoadedSettings> ParseSettings(const std::string& yaml, const std::string& file_name,
                                             const std::vector<std::string>& overrides);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_RUN_SETTINGS_H_
