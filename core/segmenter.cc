#include "core/segmenter.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <c10/core/InferenceMode.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/problem.h"
#include "core/cuda/cuda_plugin.h"
#include "core/cuda/gpu_encoder.h"
#include "core/field_error.h"
#include "core/model/device.h"
#include "core/model/guarded.h"
#include "core/model/plain_array.h"
#include "core/model/text_encoder.h"
#include "core/model/visual_encoder.h"
#include "core/model/weights.h"
#include "core/preprocess.h"
#include "core/refine_labels.h"
#include "core/score_grid.h"
#include "core/stopwatch.h"
#include "core/text/embedding_cache.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary_id.h"

namespace pixelclip {
namespace {

absl::Status SetLastBlock(LastBlock last_block, ModelConfig* config) {
  auto* const vit = std::get_if<VitConfig>(&config->vision);
  if (vit != nullptr) vit->last_block = last_block;
  if (vit != nullptr || last_block == LastBlock::kPublished) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("last block ", std::string(LastBlockName(last_block)),
                                                 ": only a vision transformer has one; this model is an ",
                                                 Describe(*config)));
}

// Guarded, without gradients.
template <typename Work>
auto Infer(const Work& work) -> decltype(work()) {
  return Guarded([&work] {
    const c10::InferenceMode no_gradients;
    return work();
  });
}

void Add(const std::vector<float>& from, std::vector<float>* to) {
  std::transform(from.begin(), from.end(), to->begin(), to->begin(), std::plus<float>());
}

// Zeros stay zeros.
void ScaleToUnitLength(std::vector<float>* vector) {
  const double square = std::inner_product(vector->begin(), vector->end(), vector->begin(), 0.0);
  const auto scale = static_cast<float>(1 / std::max(std::sqrt(square), 1e-12));
  for (float& value : *vector) value *= scale;
}

size_t BytesOf(const EmbeddedVocabulary& vocabulary) {
  size_t bytes = sizeof vocabulary + vocabulary.embeddings.values.size() * sizeof(float) +
                 vocabulary.row_labels.size() * sizeof(uint16_t);
  for (const std::string& name : vocabulary.class_names) bytes += sizeof name + name.size();
  if (vocabulary.background) {
    bytes += vocabulary.background->name.size();
    for (const std::string& word : vocabulary.background->words) bytes += sizeof word + word.size();
  }
  return bytes;
}

std::vector<uint16_t> LabelsOf(const PromptSet& prompts) {
  std::vector<uint16_t> labels;
  for (const PromptedClass& item : prompts.classes) labels.push_back(static_cast<uint16_t>(item.label));
  return labels;
}

// The tensors of the visual encoder, or all others. In two steps, so that one tower's originals are gone when
// the other's are read.
Weights ReadWeights(const Checkpoint& checkpoint, bool visual) {
  std::map<std::string, StoredTensor> tensors;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (absl::StartsWith(name, "visual.") == visual) tensors.emplace(name, tensor);
  }
  return Weights(tensors);
}

// Both add the bytes that the tower takes to *bytes.
std::unique_ptr<VisualEncoder> LoadVisualEncoder(const Checkpoint& checkpoint, c10::Device device,
                                                 Precision precision, size_t* bytes) {
  const Weights weights = ReadWeights(checkpoint, /*visual=*/true);
  // On a GPU whole networks are in bf16. An EfficientNet keeps what follows its trunk in fp32: Pack converts.
  const bool whole = precision == Precision::kBf16 && !device.is_cpu() &&
                     !std::holds_alternative<EfficientNetConfig>(checkpoint.config.vision);
  const Weights placed = weights.To(device, whole ? at::kBFloat16 : at::kFloat);
  auto encoder = MakeVisualEncoder(checkpoint.config, placed.Scope("visual"));
  *bytes += weights.bytes() - encoder->Pack(precision);
  return encoder;
}

TextEncoder LoadTextEncoder(const Checkpoint& checkpoint, size_t* bytes) {
  const Weights weights = ReadWeights(checkpoint, /*visual=*/false);
  TextEncoder encoder(checkpoint.config.text, weights);
  encoder.Pack();
  *bytes += weights.bytes();
  return encoder;
}

// What a GPU needs beside LibTorch; nothing for the CPU.
absl::StatusOr<const CudaPlugin*> PluginFor(c10::Device device, Precision precision) {
  if (device.is_cpu()) return nullptr;
  const auto plugin = LoadCudaPlugin();
  if (plugin.ok() && precision == Precision::kBf16 && !(*plugin)->has_bf16(device)) {
    return absl::UnavailableError(
        absl::StrCat("precision bf16: ", device.str(), " is older than Ampere and has no bf16; fp32"));
  }
  return plugin;
}

class ClipSegmenter : public Segmenter {
 public:
  // `gpu`: for a device other than the CPU.
  ClipSegmenter(const Checkpoint& checkpoint, c10::Device device, const CudaPlugin* gpu,
                const SegmenterOptions& options)
      : config_(checkpoint.config),
        version_(checkpoint.version),
        origin_(absl::StrCat(std::string(LayoutName(checkpoint.layout)), ", ", checkpoint.format,
                             "; activation by ", checkpoint.activation_source)),
        options_(options),
        device_(device),
        visual_(LoadVisualEncoder(checkpoint, device, options.precision, &weights_bytes_)),
        text_(LoadTextEncoder(checkpoint, &weights_bytes_)),
        vocabularies_(options.text_cache_bytes / 4),
        classes_(options.text_cache_bytes / 4),
        texts_(options.text_cache_bytes - 2 * (options.text_cache_bytes / 4)) {
    if (gpu != nullptr) gpu_.emplace(*visual_, device, gpu->make_recorder);
    if (options_.resolution == 0) options_.resolution = static_cast<int>(PublishedResolution(config_.vision));
  }

  const ModelConfig& config() const override { return config_; }
  const std::string& version() const override { return version_; }
  const std::string& origin() const override { return origin_; }
  int resolution() const override { return options_.resolution; }
  Precision precision() const override { return options_.precision; }

  absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions& options) const override {
    if (absl::Status status = CheckInputOptions(options); !status.ok()) return status;
    const Size size = InputSize(image.width, image.height, options, options_.resolution);
    return Infer([&]() -> absl::StatusOr<NetworkInput> {
      return pixelclip::Preprocess(image, config_.image_mean, config_.image_std, size);
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
    return Infer([&]() -> absl::StatusOr<std::vector<DenseFeatures>> {
      if (gpu_) return gpu_->Encode(inputs);
      at::Tensor images = at::empty({static_cast<int64_t>(inputs.size()), 3, height, width});
      for (size_t i = 0; i < inputs.size(); ++i)
        images[i].copy_(ViewAsTensor(inputs[i].values, {3, height, width}));
      const at::Tensor dense = visual_->EncodeDense(images);
      if (!at::isfinite(dense).all().item<bool>()) return absl::InternalError(kFeaturesNotFinite);
      std::vector<DenseFeatures> features;
      for (size_t i = 0; i < inputs.size(); ++i) {
        features.push_back({static_cast<int>(dense.size(1)), static_cast<int>(dense.size(2)),
                            static_cast<int>(dense.size(3)), ToPlainArray(dense[i])});
      }
      return features;
    });
  }

  bool DeviceComputes() const override { return Computes(device_); }

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
    return Infer([&]() -> absl::StatusOr<TextFeatures> {
      return TextFeatures{static_cast<int>(texts.size()), static_cast<int>(config_.embed_dim),
                          ToPlainArray(text_.Encode(token_ids))};
    });
  }

  absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> EmbedVocabulary(
      const Vocabulary& vocabulary) const override {
    const std::string key = VocabularyKey(vocabulary);
    if (auto known = vocabularies_.Find(key)) return known;
    std::vector<Embedding> known;  // nullptr for each class that is not
    const auto prompts = ExpandVocabulary(vocabulary, options_.vocabulary_limits, Tokenizer::Clip(),
                                          [&](const std::string& class_key) {
                                            known.push_back(classes_.Find(class_key));
                                            return known.back() != nullptr;
                                          });
    if (!prompts.ok()) return prompts.status();
    return Infer([&]() -> absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> {
      auto embeddings = EmbedClasses(*prompts, known);
      if (!embeddings.ok()) return embeddings.status();
      const auto embedded = std::make_shared<const EmbeddedVocabulary>(EmbeddedVocabulary{
          ClassNames(vocabulary), vocabulary.background, *std::move(embeddings), LabelsOf(*prompts)});
      vocabularies_.Insert(key, embedded, BytesOf(*embedded));
      return embedded;
    });
  }

  std::shared_ptr<const EmbeddedVocabulary> FindEmbedded(const Vocabulary& vocabulary) const override {
    return vocabularies_.Find(VocabularyKey(vocabulary));
  }

  TextCacheStats text_cache_stats() const override {
    return {vocabularies_.stats(), classes_.stats(), texts_.stats(), texts_.waits()};
  }

  size_t memory_bytes() const override { return device_.is_cpu() ? weights_bytes_ : MemoryTakenOf(device_); }

  absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features,
                                  const EmbeddedVocabulary& vocabulary) const override {
    return Infer(
        [&]() -> absl::StatusOr<ScoreGrid> { return MakeScoreGrid(features, vocabulary.embeddings); });
  }

 private:
  // Unit embeddings of all prompts, [n][D]: from the cache, or made and kept there.
  absl::StatusOr<std::vector<Embedding>> EmbedPrompts(const std::vector<Prompt>& prompts) const {
    std::vector<std::string> texts;
    for (const Prompt& prompt : prompts) texts.push_back(prompt.text);
    return texts_.Get(texts, [&](const std::vector<size_t>& missing) {
      return Infer([&]() -> absl::StatusOr<std::vector<Embedding>> {
        std::vector<std::vector<int32_t>> token_ids;
        for (const size_t index : missing) token_ids.push_back(prompts[index].tokens);
        const std::vector<float> made = ToPlainArray(text_.Encode(token_ids));
        std::vector<Embedding> units;
        for (auto row = made.begin(); row != made.end(); row += config_.embed_dim) {
          std::vector<float> unit(row, row + config_.embed_dim);
          ScaleToUnitLength(&unit);
          units.push_back(std::make_shared<const std::vector<float>>(std::move(unit)));
        }
        return units;
      });
    });
  }

  // A class's unit embedding: the synonyms' unit vectors averaged and normalised, then the templates'.
  Embedding EmbedClass(const PromptedClass& item, int num_templates,
                       const std::vector<Embedding>& units) const {
    std::vector<float> sum(config_.embed_dim);
    auto prompt = item.prompts.begin();
    for (int t = 0; t < num_templates; ++t) {
      std::vector<float> of_template(config_.embed_dim);
      for (int s = 0; s < item.num_synonyms; ++s) Add(*units[*prompt++], &of_template);
      ScaleToUnitLength(&of_template);
      Add(of_template, &sum);
    }
    ScaleToUnitLength(&sum);
    return std::make_shared<const std::vector<float>>(std::move(sum));
  }

  // All classes' embeddings: the `known` ones, and the others, which are then known.
  absl::StatusOr<TextFeatures> EmbedClasses(const PromptSet& prompts,
                                            const std::vector<Embedding>& known) const {
    const auto units = EmbedPrompts(prompts.prompts);
    if (!units.ok()) return units.status();
    TextFeatures embeddings{
        static_cast<int>(prompts.classes.size()), static_cast<int>(config_.embed_dim), {}};
    for (size_t i = 0; i < prompts.classes.size(); ++i) {
      Embedding embedding = known[i];
      if (embedding == nullptr) {
        embedding = EmbedClass(prompts.classes[i], prompts.num_templates, *units);
        classes_.Insert(prompts.classes[i].key, embedding, embedding->size() * sizeof(float));
      }
      embeddings.values.insert(embeddings.values.end(), embedding->begin(), embedding->end());
    }
    return embeddings;
  }

  ModelConfig config_;
  std::string version_;
  std::string origin_;
  SegmenterOptions options_;
  c10::Device device_;        // where the visual encoder runs
  size_t weights_bytes_ = 0;  // filled in while the encoders are made
  std::unique_ptr<VisualEncoder> visual_;
  std::optional<GpuEncoder> gpu_;  // runs visual_ if that is on a GPU
  TextEncoder text_;
  mutable LruCache<EmbeddedVocabulary> vocabularies_;  // by VocabularyKey; only ones that keep all rules
  mutable LruCache<std::vector<float>> classes_;       // by PromptedClass::key
  mutable EmbeddingCache texts_;
};

}  // namespace

void SetComputeThreads(int threads) { at::set_num_threads(threads); }

std::string LibTorchVersion() { return TORCH_VERSION; }

absl::StatusOr<std::unique_ptr<Segmenter>> Segmenter::Load(const std::string& path,
                                                           const SegmenterOptions& options) {
  LoadOptions load_options;
  load_options.activation = options.activation;
  auto checkpoint = LoadCheckpoint(path, load_options);
  if (!checkpoint.ok()) return checkpoint.status();
  absl::Status possible = SetLastBlock(options.last_block, &checkpoint->config);
  possible.Update(CheckPrecision(options.precision, checkpoint->config.vision, options.device));
  if (!possible.ok()) return Prefixed(path, possible);
  return Infer([&]() -> absl::StatusOr<std::unique_ptr<Segmenter>> {
    const auto device = FindDevice(options.device);
    if (!device.ok()) return device.status();
    const auto gpu = PluginFor(*device, options.precision);
    if (!gpu.ok()) return gpu.status();
    return std::make_unique<ClipSegmenter>(*checkpoint, *device, *gpu, options);
  });
}

absl::StatusOr<Segmentation> Segmenter::Classify(const DenseFeatures& features,
                                                 const EmbeddedVocabulary& vocabulary, int width, int height,
                                                 const ClassifyOptions& options, const Image* guide) const {
  const auto scores = Score(features, vocabulary);
  if (!scores.ok()) return scores.status();
  return LabelPicture(*scores, vocabulary, width, height, options, guide);
}

absl::StatusOr<Segmentation> Segmenter::Segment(const Image& image, const Vocabulary& vocabulary,
                                                const ClassifyOptions& options) const {
  Stopwatch stopwatch;
  StageTimes seconds;
  const auto embedded = EmbedVocabulary(vocabulary);
  if (!embedded.ok()) return embedded.status();
  seconds.text = stopwatch.Lap();
  auto input = Preprocess(image, {});
  if (!input.ok()) return input.status();
  seconds.preprocess = stopwatch.Lap();
  const auto features = EncodeImages({*std::move(input)});
  if (!features.ok()) return features.status();
  seconds.encoder = stopwatch.Lap();
  const Image guide = options.refine_steps > 0 ? MakeRefinementGuide(image) : Image();
  auto result = Classify(features->front(), **embedded, image.width, image.height, options, &guide);
  if (!result.ok()) return result.status();
  seconds.classify = stopwatch.Lap();
  result->seconds = seconds;
  return result;
}

}  // namespace pixelclip
