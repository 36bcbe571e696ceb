#include "trainer/figures/figures.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/problem.h"
#include "core/image/png.h"
#include "core/image/resize.h"
#include "core/segmenter.h"
#include "core/text/words_file.h"
#include "trainer/figures/clustered_masks.h"
#include "trainer/figures/learned_clusters.h"
#include "trainer/figures/line_chart.h"
#include "trainer/figures/prompt_map.h"
#include "trainer/figures/prompt_masks.h"
#include "trainer/figures/side_by_side.h"
#include "trainer/figures/step_log_reader.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

constexpr int kClusteredSide = 640;  // pixels of a square that masks are drawn on

struct NamedKind {
  std::string_view name;
  FigureKind kind;
};

constexpr NamedKind kKinds[] = {
    {"side-by-side", FigureKind::kSideBySide},
    {"prompt-map", FigureKind::kPromptMap},
    {"prompt-masks", FigureKind::kPromptMasks},
    {"clustered-masks", FigureKind::kClusteredMasks},
    {"curves", FigureKind::kCurves},
};

std::string CaptionOf(const FigureInput& input) {
  if (!input.caption.empty()) return input.caption;
  std::filesystem::path path(input.path);
  if (!path.has_filename()) path = path.parent_path();  // "models/mini/"
  return path.filename().string();
}

std::vector<std::string> CaptionsOf(const FigureOptions& options) {
  std::vector<std::string> captions;
  for (const FigureInput& input : options.inputs) captions.push_back(CaptionOf(input));
  return captions;
}

absl::StatusOr<Vocabulary> ReadVocabulary(const FigureOptions& options) {
  if (options.vocabulary_file.empty()) return Invalid("vocabulary_file: expected a file of class names");
  const absl::StatusOr<std::string> text = ReadFileBytes(options.vocabulary_file);
  if (!text.ok()) return text.status();
  Vocabulary vocabulary;
  for (std::string& name : ParseWordsFile(*text)) vocabulary.classes.push_back({std::move(name), {}});
  if (vocabulary.classes.empty()) return Invalid(options.vocabulary_file, ": no class names");
  return vocabulary;
}

absl::StatusOr<std::unique_ptr<Segmenter>> LoadSegmenter(const std::string& path,
                                                         const FigureOptions& options) {
  SegmenterOptions segmenter_options;
  segmenter_options.activation = options.activation;
  segmenter_options.device = options.method.device;
  return Segmenter::Load(path, segmenter_options);
}

absl::StatusOr<std::unique_ptr<LearnedClusters>> LoadClusters(const FigureInput& input,
                                                              const FigureOptions& options) {
  return LearnedClusters::Load(input.path, input.prompts, {options.activation}, options.method);
}

absl::StatusOr<std::vector<Image>> ReadPictures(const FigureOptions& options) {
  if (options.pictures.empty()) return Invalid("pictures: expected at least one");
  std::vector<Image> pictures;
  for (const std::string& path : options.pictures) {
    absl::StatusOr<Image> picture = ReadPicture(path);
    if (!picture.ok()) return picture.status();
    pictures.push_back(*std::move(picture));
  }
  return pictures;
}

absl::StatusOr<Image> SideBySide(const FigureOptions& options) {
  const absl::StatusOr<Vocabulary> vocabulary = ReadVocabulary(options);
  if (!vocabulary.ok()) return vocabulary.status();
  absl::StatusOr<std::vector<Image>> photos = ReadPictures(options);
  if (!photos.ok()) return photos.status();
  std::vector<ComparedPicture> pictures;
  for (Image& photo : *photos) pictures.push_back({std::move(photo), {}});
  for (const FigureInput& input : options.inputs) {
    const absl::StatusOr<std::unique_ptr<Segmenter>> segmenter = LoadSegmenter(input.path, options);
    if (!segmenter.ok()) return segmenter.status();
    for (ComparedPicture& picture : pictures) {
      absl::StatusOr<Segmentation> result = (*segmenter)->Segment(picture.photo, *vocabulary, {});
      if (!result.ok()) return Prefixed(input.path, result.status());
      picture.results.push_back(*std::move(result));
    }
  }
  return DrawSideBySide(pictures, CaptionsOf(options), options.caption);
}

absl::StatusOr<Image> PromptMapFigure(const FigureOptions& options) {
  const std::string& path = options.inputs[0].path;
  const absl::StatusOr<Vocabulary> vocabulary = ReadVocabulary(options);
  if (!vocabulary.ok()) return vocabulary.status();
  const absl::StatusOr<std::unique_ptr<LearnedClusters>> clusters = LoadClusters(options.inputs[0], options);
  if (!clusters.ok()) return clusters.status();
  const absl::StatusOr<std::unique_ptr<Segmenter>> segmenter = LoadSegmenter(path, options);
  if (!segmenter.ok()) return segmenter.status();
  const auto classes = (*segmenter)->EmbedVocabulary(*vocabulary);
  if (!classes.ok()) return Prefixed(options.vocabulary_file, classes.status());
  return DrawPromptMap({(*clusters)->Embeddings(), (*classes)->embeddings, (*classes)->class_names,
                        options.caption, options.seed});
}

absl::StatusOr<Image> PromptMasksFigure(const FigureOptions& options) {
  const std::string& path = options.inputs[0].path;
  const absl::StatusOr<Vocabulary> vocabulary = ReadVocabulary(options);
  if (!vocabulary.ok()) return vocabulary.status();
  absl::StatusOr<std::vector<Image>> photos = ReadPictures(options);
  if (!photos.ok()) return photos.status();
  const absl::StatusOr<std::unique_ptr<LearnedClusters>> clusters = LoadClusters(options.inputs[0], options);
  if (!clusters.ok()) return clusters.status();
  const absl::StatusOr<std::unique_ptr<Segmenter>> segmenter = LoadSegmenter(path, options);
  if (!segmenter.ok()) return segmenter.status();
  const auto classes = (*segmenter)->EmbedVocabulary(*vocabulary);
  if (!classes.ok()) return Prefixed(options.vocabulary_file, classes.status());

  // The prompts take the place of a vocabulary.
  EmbeddedVocabulary prompts;
  prompts.embeddings = (*clusters)->Embeddings();
  prompts.class_names.resize(prompts.embeddings.count);
  std::vector<PromptedPicture> pictures;
  for (Image& photo : *photos) {
    absl::StatusOr<NetworkInput> input = (*segmenter)->Preprocess(photo, {});
    if (!input.ok()) return input.status();
    const absl::StatusOr<std::vector<DenseFeatures>> features =
        (*segmenter)->EncodeImages({*std::move(input)});
    if (!features.ok()) return Prefixed(path, features.status());
    absl::StatusOr<Segmentation> result =
        (*segmenter)->Classify(features->front(), prompts, photo.width, photo.height, {});
    if (!result.ok()) return Prefixed(path, result.status());
    pictures.push_back({std::move(photo), std::move(result->labels)});
  }
  const std::vector<NearestName> names =
      FindNearestNames(prompts.embeddings, (*classes)->embeddings, (*classes)->class_names);
  return DrawPromptMasks(pictures, names, options.max_prompts, options.caption);
}

Image CutOut(const Image& image, const Crop& square) {
  Image cut{static_cast<int>(square.width), static_cast<int>(square.height), {}};
  for (int y = 0; y < cut.height; ++y) {
    const auto row = image.pixels.begin() +
                     3 * ((static_cast<size_t>(square.y) + y) * image.width + static_cast<size_t>(square.x));
    cut.pixels.insert(cut.pixels.end(), row, row + size_t{3} * cut.width);
  }
  return cut;
}

// The largest square in the middle of a picture.
Crop MiddleSquare(const Image& image) {
  const int side = std::min(image.width, image.height);
  return {static_cast<double>((image.width - side) / 2), static_cast<double>((image.height - side) / 2),
          static_cast<double>(side), static_cast<double>(side)};
}

absl::StatusOr<Image> ClusteredMasksFigure(const FigureOptions& options) {
  if (options.masks == nullptr || options.masks->size() == 0) {
    return Invalid("masks: expected at least one picture with masks");
  }
  std::vector<Image> photos;
  std::vector<MaskStack> masks;
  const size_t count = std::min<size_t>(std::max(options.max_pictures, 1), options.masks->size());
  for (size_t i = 0; i < count; ++i) {
    const absl::StatusOr<MaskedPicture> picture = options.masks->Read(i);
    if (!picture.ok()) return picture.status();
    const Crop square = MiddleSquare(picture->image);
    absl::StatusOr<MaskStack> stack =
        picture->masks->Sample(square, static_cast<int>(options.method.mask_resolution));
    if (!stack.ok()) return Prefixed(picture->name, stack.status());
    photos.push_back(ResizeAntialiased(CutOut(picture->image, square), kClusteredSide, kClusteredSide));
    masks.push_back(*std::move(stack));
  }
  std::vector<ClusteredPicture> pictures;
  for (size_t i = 0; i < count; ++i) pictures.push_back({photos[i], masks[i], {}});
  for (const FigureInput& input : options.inputs) {
    const absl::StatusOr<std::unique_ptr<LearnedClusters>> clusters = LoadClusters(input, options);
    if (!clusters.ok()) return clusters.status();
    absl::StatusOr<std::vector<std::vector<int>>> assigned = (*clusters)->Assign(photos, masks);
    if (!assigned.ok()) return Prefixed(input.path, assigned.status());
    for (size_t i = 0; i < count; ++i) pictures[i].clusters.push_back(std::move((*assigned)[i]));
  }
  return DrawClusteredMasks(pictures, CaptionsOf(options), options.caption);
}

absl::StatusOr<Image> Curves(const FigureOptions& options) {
  if (options.smoothing < 1) return Invalid("smoothing: ", options.smoothing, ", expected at least 1");
  LineChart chart{"step", options.field, {}, options.caption};
  for (const FigureInput& input : options.inputs) {
    const absl::StatusOr<std::string> text = ReadFileBytes(input.path);
    if (!text.ok()) return text.status();
    absl::StatusOr<Series> series = ReadStepLog(*text, options.field);
    if (!series.ok()) return Prefixed(input.path, series.status());
    series->name = CaptionOf(input);
    series->ys = TrailingMean(series->ys, options.smoothing);
    chart.series.push_back(*std::move(series));
  }
  return DrawLineChart(chart);
}

absl::StatusOr<Image> Draw(const FigureOptions& options) {
  switch (options.kind) {
    case FigureKind::kSideBySide:
      return SideBySide(options);
    case FigureKind::kPromptMap:
      return PromptMapFigure(options);
    case FigureKind::kPromptMasks:
      return PromptMasksFigure(options);
    case FigureKind::kClusteredMasks:
      return ClusteredMasksFigure(options);
    case FigureKind::kCurves:
      return Curves(options);
  }
  return absl::InternalError("unknown kind of figure");
}

}  // namespace

absl::StatusOr<FigureKind> FigureKindFromName(std::string_view name) {
  std::string names;
  for (const NamedKind& known : kKinds) {
    if (known.name == name) return known.kind;
    names += Concat(names.empty() ? "" : ", ", known.name);
  }
  return Invalid("figure \"", name, "\", expected one of ", names);
}

absl::Status RunFigures(const FigureOptions& options) {
  if (options.inputs.empty()) return Invalid("inputs: expected at least one");
  const absl::StatusOr<Image> figure = Draw(options);
  if (!figure.ok()) return figure.status();
  const absl::StatusOr<std::string> png = EncodePng(*figure);
  if (!png.ok()) return png.status();
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(options.output);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Append(png->data(), png->size()); !status.ok()) return status;
  return file->Commit();
}

}  // namespace pixelclip
