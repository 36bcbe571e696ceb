#include "core/segmenter.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/checkpoint.h"
#include "core/field_error.h"
#include "core/model/plain_array.h"
#include "core/model/text_encoder.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/preprocess.h"
#include "core/score_grid.h"
#include "core/stopwatch.h"
#include "core/text/tokenizer.h"

namespace pixelclip {
namespace {

// Pixels a side of the network's input if nobody asks for another: for a ViT what PixelCLIP was published
// with, whatever size its CLIP was trained with.
int OwnResolution(const VisionConfig& config) {
  const auto* efficientnet = std::get_if<EfficientNetConfig>(&config);
  return efficientnet == nullptr ? 320 : static_cast<int>(efficientnet->image_size);
}

// Runs `work` (which returns a Status or StatusOr) without gradients, and turns LibTorch's exceptions into
// statuses.
template <typename Work>
auto Guarded(const Work& work) -> decltype(work()) {
  try {
    const c10::InferenceMode no_gradients;
    return work();
  } catch (const c10::OutOfMemoryError& error) {
    return absl::ResourceExhaustedError(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const c10::Error& error) {
    return absl::InternalError(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

class ClipSegmenter : public Segmenter {
 public:
  ClipSegmenter(const Checkpoint& checkpoint, const Weights& weights, const SegmenterOptions& options)
      : config_(checkpoint.config),
        version_(checkpoint.version),
        origin_(absl::StrCat(std::string(LayoutName(checkpoint.layout)), ", ", checkpoint.format,
                             "; activation by ", checkpoint.activation_source)),
        options_(options),
        visual_(MakeVisualEncoder(config_, weights.Scope("visual"))),
        text_(config_.text, weights) {
    if (options_.resolution == 0) options_.resolution = OwnResolution(config_.vision);
  }

  const ModelConfig& config() const override { return config_; }
  const std::string& version() const override { return version_; }
  const std::string& origin() const override { return origin_; }
  int resolution() const override { return options_.resolution; }

  absl::StatusOr<NetworkInput> Preprocess(const Image& image) const override {
    return Guarded([&]() -> absl::StatusOr<NetworkInput> {
      return pixelclip::Preprocess(image, config_.image_mean, config_.image_std, options_.resolution);
    });
  }

  absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const override {
    if (inputs.empty()) return std::vector<DenseFeatures>();
    const int height = inputs[0].height, width = inputs[0].width;
    const int64_t patch = visual_->patch_size();
    if (height < patch || width < patch) {
      return absl::InvalidArgumentError(absl::StrCat(
          "input of ", height, "x", width, " pixels; a side needs at least ", patch, ", one patch"));
    }
    for (const NetworkInput& input : inputs) {
      if (input.height != height || input.width != width) {
        return absl::InvalidArgumentError(absl::StrCat("inputs of ", height, "x", width, " and ",
                                                       input.height, "x", input.width,
                                                       " pixels in one batch"));
      }
    }
    return Guarded([&]() -> absl::StatusOr<std::vector<DenseFeatures>> {
      at::Tensor images = at::empty({static_cast<int64_t>(inputs.size()), 3, height, width});
      for (size_t i = 0; i < inputs.size(); ++i)
        images[i].copy_(ViewAsTensor(inputs[i].values, {3, height, width}));
      const at::Tensor dense = visual_->EncodeDense(images);
      if (!at::isfinite(dense).all().item<bool>()) {
        return absl::InternalError("the visual encoder's features are not finite: are the weights intact?");
      }
      std::vector<DenseFeatures> features;
      for (size_t i = 0; i < inputs.size(); ++i) {
        features.push_back({static_cast<int>(dense.size(1)), static_cast<int>(dense.size(2)),
                            static_cast<int>(dense.size(3)), ToPlainArray(dense[i])});
      }
      return features;
    });
  }

  absl::StatusOr<TextFeatures> EncodeTexts(const std::vector<std::string>& texts) const override {
    std::vector<std::vector<int32_t>> token_ids;
    for (size_t i = 0; i < texts.size(); ++i) {
      std::vector<int32_t> tokens = Tokenizer::Clip().Encode(texts[i]);
      tokens.insert(tokens.begin(), Tokenizer::kStartToken);
      tokens.push_back(Tokenizer::kEndToken);
      if (static_cast<int64_t>(tokens.size()) > config_.text.context_length) {
        return FieldError(absl::StrCat("texts[", i, "]"),
                          absl::StrCat(tokens.size(), " tokens with start and end; at most ",
                                       config_.text.context_length, " are allowed"));
      }
      token_ids.push_back(std::move(tokens));
    }
    return Guarded([&]() -> absl::StatusOr<TextFeatures> {
      return TextFeatures{static_cast<int>(texts.size()), static_cast<int>(config_.embed_dim),
                          ToPlainArray(text_.Encode(token_ids))};
    });
  }

  absl::StatusOr<EmbeddedVocabulary> EmbedVocabulary(const Vocabulary& vocabulary) const override {
    auto prompts = ExpandVocabulary(vocabulary, options_.vocabulary_limits, Tokenizer::Clip());
    if (!prompts.ok()) return prompts.status();
    EmbeddedVocabulary embedded;
    for (const VocabularyClass& item : vocabulary.classes) embedded.class_names.push_back(item.name);
    embedded.background = vocabulary.background;
    return Guarded([&]() -> absl::StatusOr<EmbeddedVocabulary> {
      embedded.embeddings = EmbedClasses(*prompts);
      return std::move(embedded);
    });
  }

  absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features,
                                  const EmbeddedVocabulary& vocabulary) const override {
    return Guarded(
        [&]() -> absl::StatusOr<ScoreGrid> { return MakeScoreGrid(features, vocabulary.embeddings); });
  }

 private:
  // Unit embeddings of all classes: the synonyms' unit vectors averaged and normalised, then the templates'.
  TextFeatures EmbedClasses(const PromptSet& prompts) const {
    std::vector<std::vector<int32_t>> token_ids;
    for (const Prompt& prompt : prompts.prompts) token_ids.push_back(prompt.tokens);
    const at::Tensor units = Normalize(text_.Encode(token_ids), -1);

    const auto count = static_cast<int64_t>(prompts.classes.size());
    at::Tensor embeddings = at::empty({count, config_.embed_dim});
    for (int64_t i = 0; i < count; ++i) {
      const PromptedClass& item = prompts.classes[i];
      const std::vector<int64_t> rows(item.prompts.begin(), item.prompts.end());
      at::Tensor row_ids = at::empty({static_cast<int64_t>(rows.size())}, at::kLong);
      std::copy(rows.begin(), rows.end(), row_ids.mutable_data_ptr<int64_t>());
      const at::Tensor by_template = units.index_select(0, row_ids)
                                         .view({prompts.num_templates, item.num_synonyms, config_.embed_dim})
                                         .mean(1);
      embeddings[i].copy_(Normalize(Normalize(by_template, -1).mean(0), -1));
    }
    return {static_cast<int>(count), static_cast<int>(config_.embed_dim), ToPlainArray(embeddings)};
  }

  ModelConfig config_;
  std::string version_;
  std::string origin_;
  SegmenterOptions options_;
  std::unique_ptr<VisualEncoder> visual_;
  TextEncoder text_;
};

}  // namespace

void SetComputeThreads(int threads) { at::set_num_threads(threads); }

absl::StatusOr<std::unique_ptr<Segmenter>> Segmenter::Load(const std::string& path,
                                                           const SegmenterOptions& options) {
  LoadOptions load_options;
  load_options.activation = options.activation;
  const auto checkpoint = LoadCheckpoint(path, load_options);
  if (!checkpoint.ok()) return checkpoint.status();
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<Segmenter>> {
    return std::make_unique<ClipSegmenter>(*checkpoint, Weights(checkpoint->tensors), options);
  });
}

absl::StatusOr<Segmentation> Segmenter::Classify(const DenseFeatures& features,
                                                 const EmbeddedVocabulary& vocabulary, int width, int height,
                                                 const ClassifyOptions& options) const {
  const auto scores = Score(features, vocabulary);
  if (!scores.ok()) return scores.status();
  return LabelPicture(*scores, vocabulary, width, height, options);
}

absl::StatusOr<Segmentation> Segmenter::Segment(const Image& image, const Vocabulary& vocabulary,
                                                const ClassifyOptions& options) const {
  Stopwatch stopwatch;
  StageTimes seconds;
  const auto embedded = EmbedVocabulary(vocabulary);
  if (!embedded.ok()) return embedded.status();
  seconds.text = stopwatch.Lap();
  auto input = Preprocess(image);
  if (!input.ok()) return input.status();
  seconds.preprocess = stopwatch.Lap();
  const auto features = EncodeImages({*std::move(input)});
  if (!features.ok()) return features.status();
  seconds.encoder = stopwatch.Lap();
  auto result = Classify(features->front(), *embedded, image.width, image.height, options);
  if (!result.ok()) return result.status();
  seconds.classify = stopwatch.Lap();
  result->seconds = seconds;
  return result;
}

}  // namespace pixelclip
