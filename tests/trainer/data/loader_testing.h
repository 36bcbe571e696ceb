#ifndef PIXELCLIP_TESTS_TRAINER_DATA_LOADER_TESTING_H_
#define PIXELCLIP_TESTS_TRAINER_DATA_LOADER_TESTING_H_

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "trainer/data/example_loader.h"

namespace pixelclip {

inline bool operator==(const TrainingExample& a, const TrainingExample& b) {
  return a.name == b.name && a.crop_side == b.crop_side && a.weak == b.weak && a.strong == b.strong &&
         a.masks.count == b.masks.count && a.masks.side == b.masks.side && a.masks.pixels == b.masks.pixels;
}

namespace testing {

// Small examples, quickly made.
inline LoaderSettings SmallSettings(int global_batch) {
  LoaderSettings settings;
  settings.global_batch = global_batch;
  settings.seed = 11;
  settings.mask_side = 8;
  settings.augmentation.short_side = 24;
  settings.augmentation.crop_side = 16;
  return settings;
}

inline std::vector<std::string> Names(const std::vector<TrainingExample>& examples) {
  std::vector<std::string> names;
  for (const TrainingExample& example : examples) names.push_back(example.name);
  return names;
}

// The next `steps` batches, one after the other. Throws what a test does not expect.
inline std::vector<TrainingExample> Take(ExampleLoader& loader, int steps) {
  std::vector<TrainingExample> all;
  for (int i = 0; i < steps; ++i) {
    std::vector<TrainingExample> batch = loader.NextBatch().value();
    std::move(batch.begin(), batch.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace testing
}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_TRAINER_DATA_LOADER_TESTING_H_
