#ifndef PIXELCLIP_CORE_SEGMENTER_H_
#define PIXELCLIP_CORE_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/embedded_vocabulary.h"
#include "core/features.h"
#include "core/image/image.h"
#include "core/input_options.h"
#include "core/label_picture.h"
#include "core/lru_cache.h"
#include "core/model_config.h"
#include "core/precision.h"
#include "core/score_grid.h"
#include "core/segmentation.h"
#include "core/text/vocabulary.h"

namespace pixelclip {

struct SegmenterOptions {
  // Names the activation where the checkpoint does not determine it.
  std::optional<Activation> activation;
  // What a vision transformer's last block does. Other models refuse everything but the published one.
  LastBlock last_block = LastBlock::kPublished;
  // Where the visual encoder runs: "cpu", or a GPU as "cuda:0". Words are always embedded on the CPU.
  std::string device = "cpu";
  // In what numbers the visual encoder multiplies. Load refuses what CheckPrecision refuses.
  Precision precision = Precision::kFp32;
  // Pixels a side of the network's square input; 0 means the model's own choice.
  int resolution = 0;
  // For what was embedded before: a quarter each for whole vocabularies and for classes, the rest for single
  // texts.
  size_t text_cache_bytes = size_t{64} << 20;
  // Limits on every vocabulary.
  VocabularyLimits vocabulary_limits;
};

// What happened to the texts of vocabularies so far.
struct TextCacheStats {
  CacheStats vocabularies;  // whole ones, as they were asked for
  CacheStats classes;       // those of vocabularies that were not known as a whole
  CacheStats texts;         // one for each prompt of a class that was not known
  int64_t waits = 0;        // texts that another call was embedding already
};

// Threads that one call of a Segmenter may use; LibTorch's default is one per core. For the whole process:
// call it once, before the first Load.
void SetComputeThreads(int threads);

// Such as "2.11.0".
std::string LibTorchVersion();

// PixelCLIP's engine: pictures and a vocabulary in, label maps out.
//
// Encoding a picture and classifying its features are two calls, so that one encoded picture can be
// classified with many vocabularies, and pictures with different vocabularies can share a batch. A picture's
// result does not depend on the pictures that share its batch.
//
// Threads: all methods are const and may be called at the same time. EncodeImages, EncodeTexts,
// EmbedVocabulary and Score run on LibTorch's pool, of which every calling thread gets one of its own: call
// them from few threads. Errors: a request's faults carry the field (see core/field_error.h); anything else
// is INTERNAL, or RESOURCE_EXHAUSTED where memory ran out.
class Segmenter {
 public:
  // Loads a checkpoint file, or a directory that holds one with its configuration: see docs/checkpoints.md.
  static absl::StatusOr<std::unique_ptr<Segmenter>> Load(const std::string& path,
                                                         const SegmenterOptions& options);

  virtual ~Segmenter() = default;

  virtual const ModelConfig& config() const = 0;

  // The first 12 hexadecimal digits of the SHA-256 of the weights.
  virtual const std::string& version() const = 0;

  // Where the model came from and who said which activation it has, in words for a log.
  virtual const std::string& origin() const = 0;

  // Pixels a side of the network's square input.
  virtual int resolution() const = 0;

  // In what numbers the visual encoder multiplies.
  virtual Precision precision() const = 0;

  // Resizes and normalises: see core/preprocess.h. The input has InputSize(image.width, image.height,
  // options, resolution()). Errors are those of CheckInputOptions.
  virtual absl::StatusOr<NetworkInput> Preprocess(const Image& image, const InputOptions& options) const = 0;

  // Runs the visual encoder once on a batch. All inputs must have the same size, each side at least one
  // patch. As in the published convolution, pixels right and below of the last whole patch of a ViT do not
  // count.
  virtual absl::StatusOr<std::vector<DenseFeatures>> EncodeImages(
      const std::vector<NetworkInput>& inputs) const = 0;

  // Whether the device of EncodeImages still computes; for who has seen EncodeImages fail, as a GPU that
  // fails once may fail for good. Takes a small sum's time there. A GPU that has no memory left still
  // computes.
  virtual bool DeviceComputes() const = 0;

  // The plain text embeddings, not normalised; one row a text. Text i's faults are reported at texts[i].
  virtual absl::StatusOr<TextFeatures> EncodeTexts(const std::vector<std::string>& texts) const = 0;

  // Embeds every prompt of a vocabulary, known ones from a cache; averages synonyms, then templates. All who
  // ask for the same vocabulary share one object; what several ask for at once is embedded once.
  virtual absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> EmbedVocabulary(
      const Vocabulary& vocabulary) const = 0;

  // What EmbedVocabulary would return, if it is known as a whole; otherwise nullptr, for a faulty vocabulary
  // too. Takes microseconds and no LibTorch: call it from any thread.
  virtual std::shared_ptr<const EmbeddedVocabulary> FindEmbedded(const Vocabulary& vocabulary) const = 0;

  virtual TextCacheStats text_cache_stats() const = 0;

  // On the CPU, the bytes of the model's weights. On a GPU, all that LibTorch has taken of its memory for
  // this process, other models included.
  virtual size_t memory_bytes() const = 0;

  // The vocabulary's cosines with the picture's features, on the published 64 x 64 grid.
  virtual absl::StatusOr<ScoreGrid> Score(const DenseFeatures& features,
                                          const EmbeddedVocabulary& vocabulary) const = 0;

  // Score, then LabelPicture (core/label_picture.h), with its `guide`.
  absl::StatusOr<Segmentation> Classify(const DenseFeatures& features, const EmbeddedVocabulary& vocabulary,
                                        int width, int height, const ClassifyOptions& options,
                                        const Image* guide = nullptr) const;

  // All of the above for one picture, with Segmentation::seconds filled in.
  absl::StatusOr<Segmentation> Segment(const Image& image, const Vocabulary& vocabulary,
                                       const ClassifyOptions& options) const;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_SEGMENTER_H_
