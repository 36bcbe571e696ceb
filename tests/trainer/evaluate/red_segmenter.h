#ifndef PIXELCLIP_TESTS_TRAINER_EVALUATE_RED_SEGMENTER_H_
#define PIXELCLIP_TESTS_TRAINER_EVALUATE_RED_SEGMENTER_H_

#include <cmath>
#include <utility>
#include <vector>

#include "tests/testing/fake_segmenter.h"
#include "tests/trainer/evaluate/set_folder.h"

namespace pixelclip::testing {

// A segmenter that sees each pixel by itself: candidate k's score is 1 where the red is kRedStep * k, and
// less by 0.1 for each class that the red is away from it.
class RedSegmenter : public FakeSegmenter {
 public:
  absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions&) const override {
    NetworkInput input{image.height, image.width, {}};
    for (size_t i = 0; i < image.pixels.size(); i += 3) input.values.push_back(image.pixels[i]);
    return input;
  }

  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    std::vector<DenseFeatures> features;
    for (const NetworkInput& input : inputs) features.push_back({input.height, input.width, 1, input.values});
    return features;
  }

  absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features,
                                  const EmbeddedVocabulary& vocabulary) const override {
    const size_t words = vocabulary.background ? vocabulary.background->words.size() : 0;
    const int candidates = static_cast<int>(vocabulary.class_names.size() + words);
    ScoreGrid grid{features.height, features.width, candidates, {}};
    for (const float red : features.values) {
      for (int k = 0; k < candidates; ++k) grid.values.push_back(1 - 0.1f * std::abs(red / kRedStep - k));
    }
    return grid;
  }
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_EVALUATE_RED_SEGMENTER_H_
