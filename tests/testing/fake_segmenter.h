#ifndef PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_
#define PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_

#include <algorithm>
#include <string>
#include <vector>

#include "core/class_summary.h"
#include "core/segmenter.h"
#include "core/text/tokenizer.h"

namespace pixelclip::testing {

// A segmenter without a network: class k gets the k-th of as many equal columns, each with the score 0.1 * (k
// + 1). It checks vocabularies as the real one does.
class FakeSegmenter : public Segmenter {
 public:
  FakeSegmenter() { config_.embed_dim = 8; }

  const ModelConfig& config() const override { return config_; }
  const std::string& version() const override { return version_; }
  const std::string& origin() const override { return version_; }
  int resolution() const override { return 32; }

  absl::StatusOr<NetworkInput> Preprocess(const Image&) const override { return NetworkInput{}; }
  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    return std::vector<DenseFeatures>(inputs.size());
  }
  absl::StatusOr<TextFeatures> EncodeTexts(const std::vector<std::string>&) const override {
    return TextFeatures{};
  }

  absl::StatusOr<EmbeddedVocabulary> EmbedVocabulary(const Vocabulary& vocabulary) const override {
    const auto prompts = ExpandVocabulary(vocabulary, VocabularyLimits(), Tokenizer::Clip());
    if (!prompts.ok()) return prompts.status();
    EmbeddedVocabulary embedded;
    for (const VocabularyClass& item : vocabulary.classes) embedded.class_names.push_back(item.name);
    embedded.background = vocabulary.background;
    return embedded;
  }

  absl::StatusOr<Segmentation> Classify(const DenseFeatures&, const EmbeddedVocabulary& vocabulary, int width,
                                        int height, const ClassifyOptions& options) const override {
    std::vector<std::string> names = vocabulary.class_names;
    if (vocabulary.background) names.push_back(vocabulary.background->name);
    const int count = static_cast<int>(names.size());
    Segmentation result;
    result.labels = {width, height, {}};
    std::vector<float> scores;
    for (int i = 0; i < width * height; ++i) {
      const int label = std::min(count - 1, (i % width) * count / width);
      result.labels.labels.push_back(static_cast<uint16_t>(label));
      scores.push_back(0.1f * static_cast<float>(label + 1));
    }
    result.classes = SummarizeClasses(result.labels, scores, names);
    if (vocabulary.background) result.classes.back().is_background = true;
    const GrayImage flat{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height, 128)};
    if (options.best_scores) result.best_scores = ScoreMap{"", 0, 1, flat};
    for (const std::string& name : options.score_maps) result.score_maps.push_back({name, -1, 1, flat});
    return result;
  }

 private:
  ModelConfig config_;
  std::string version_ = "0123456789ab";
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_
