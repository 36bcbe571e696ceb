#ifndef PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_
#define PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_

#include <memory>
#include <string>
#include <vector>

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
  Precision precision() const override { return Precision::kFp32; }

  absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions& options) const override {
    const Size size = InputSize(image.width, image.height, options, resolution());
    return NetworkInput{size.height, size.width, {}};
  }
  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    return std::vector<DenseFeatures>(inputs.size());
  }
  bool DeviceComputes() const override { return true; }
  absl::StatusOr<TextFeatures> EncodeTexts(const std::vector<std::string>&) const override {
    return TextFeatures{};
  }

  absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> EmbedVocabulary(
      const Vocabulary& vocabulary) const override {
    const auto prompts = ExpandVocabulary(vocabulary, VocabularyLimits(), Tokenizer::Clip());
    if (!prompts.ok()) return prompts.status();
    return std::make_shared<const EmbeddedVocabulary>(
        EmbeddedVocabulary{ClassNames(vocabulary), vocabulary.background, {}});
  }
  std::shared_ptr<const EmbeddedVocabulary> FindEmbedded(const Vocabulary&) const override { return nullptr; }
  TextCacheStats text_cache_stats() const override { return {}; }
  size_t memory_bytes() const override { return 12345; }

  // One row of grid points, the k-th for the k-th candidate.
  absl::StatusOr<ScoreGrid> Score(const DenseFeatures&, const EmbeddedVocabulary& vocabulary) const override {
    const int count = static_cast<int>(vocabulary.class_names.size());
    ScoreGrid grid{1, count, count, std::vector<float>(static_cast<size_t>(count) * count)};
    for (int k = 0; k < count; ++k) grid.values[k * count + k] = 1;
    return grid;
  }

 private:
  ModelConfig config_;
  std::string version_ = "0123456789ab";
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_FAKE_SEGMENTER_H_
