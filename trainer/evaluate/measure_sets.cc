#include "trainer/evaluate/measure_sets.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/progress_bar.h"
#include "core/image/decode.h"
#include "core/refine_labels.h"
#include "core/segment_tiled.h"
#include "trainer/evaluate/file_error.h"
#include "trainer/masks/picture_files.h"

namespace pixelclip {
namespace {

// A picture on its way from the disk to the counts.
struct LoadedPicture {
  std::string name;
  Image image;         // only if it is to be tiled
  Image guide;         // only if its labels are to be refined
  NetworkInput input;  // unless it is to be tiled
  LabelMap truth;
  std::vector<RunMask> masks;
};

struct OpenSet {
  DataSet data;
  std::shared_ptr<const EmbeddedVocabulary> vocabulary;
};

absl::Status CheckOptions(const EvaluateOptions& options) {
  if (options.sets.empty()) return absl::InvalidArgumentError("no data set to measure on");
  if (options.batch < 1)
    return absl::InvalidArgumentError(absl::StrCat("batch ", options.batch, "; at least 1"));
  if (options.min_pictures < 1) {
    return absl::InvalidArgumentError(absl::StrCat("min_pictures ", options.min_pictures, "; at least 1"));
  }
  const Shard& shard = options.shard;
  if (shard.count < 1 || shard.index < 0 || shard.index >= shard.count) {
    return absl::InvalidArgumentError(absl::StrCat("part ", shard.index, " of ", shard.count, " parts"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Vocabulary> VocabularyOf(const DataSet& set, const EvaluateOptions& options) {
  Vocabulary vocabulary;
  for (const std::string& name : set.class_names) vocabulary.classes.push_back({name, {}});
  vocabulary.templates = options.templates;
  vocabulary.synonym_rule = options.synonym_rule;
  if (!set.has_background) return vocabulary;
  if (options.background_words.empty() && !options.background_threshold) {
    return absl::InvalidArgumentError(absl::StrCat(
        set.name,
        ": its background needs background words or a threshold (--background, --background-threshold)"));
  }
  Background background;
  background.words = options.background_words;
  background.score_threshold = options.background_threshold;
  background.softmax_scale = options.background_softmax_scale;
  vocabulary.background = std::move(background);
  return vocabulary;
}

// Opens and embeds everything, so that what is missing is told before hours of work.
absl::StatusOr<std::vector<OpenSet>> OpenSets(const Segmenter& segmenter, const EvaluateOptions& options) {
  std::vector<OpenSet> sets;
  std::set<std::string> names;
  for (const DataSetChoice& choice : options.sets) {
    auto data = OpenDataSet(choice);
    if (!data.ok()) return data.status();
    const std::string name = data->name;
    for (int i = 2; !names.insert(data->name).second; ++i) data->name = absl::StrCat(name, "-", i);
    const auto vocabulary = VocabularyOf(*data, options);
    if (!vocabulary.ok()) return vocabulary.status();
    auto embedded = segmenter.EmbedVocabulary(*vocabulary);
    if (!embedded.ok()) {
      return absl::Status(embedded.status().code(),
                          absl::StrCat(data->name, ": ", std::string(embedded.status().message())));
    }
    sets.push_back({*std::move(data), *std::move(embedded)});
  }
  return sets;
}

absl::StatusOr<LoadedPicture> LoadPicture(const Segmenter& segmenter, const DataSet& set,
                                          const LabelledPicture& picture, const EvaluateOptions& options,
                                          const Measurement& measurement) {
  const auto bytes = ReadFileBytes(picture.picture_path);
  if (!bytes.ok()) return bytes.status();
  auto image = DecodeImage(*bytes, options.decode_limits);
  if (!image.ok()) return FileError(picture.picture_path, image.status());
  auto truth = set.ReadTruth(picture);
  if (!truth.ok()) return truth.status();
  if (truth->width != image->width || truth->height != image->height) {
    return FileError(picture.label_path,
                     absl::StrCat("has ", truth->width, "x", truth->height, " pixels, but its picture has ",
                                  image->width, "x", image->height));
  }
  LoadedPicture loaded;
  loaded.name = picture.picture_path;
  if (measurement.read_masks) {
    auto masks = measurement.read_masks(picture, *truth);
    if (!masks.ok()) return masks.status();
    loaded.masks = *std::move(masks);
  }
  loaded.truth = *std::move(truth);
  if (options.tiling) {
    loaded.image = *std::move(image);
    return loaded;
  }
  if (options.refine_steps > 0) loaded.guide = MakeRefinementGuide(*image);
  auto input = segmenter.Preprocess(*image, options.input);
  if (!input.ok()) return FileError(picture.picture_path, input.status());
  loaded.input = *std::move(input);
  return loaded;
}

// Counts which labels a picture has, each once.
void CountLabels(const LabelMap& truth, SetReport* report) {
  std::vector<bool> seen(report->classes.size());
  for (const uint16_t label : truth.labels) {
    if (label != kIgnoredClass) seen[label] = true;
  }
  for (size_t k = 0; k < seen.size(); ++k) report->pictures_of_class[k] += seen[k];
  ++report->pictures;
}

// The features of all pictures that are not to be tiled; those of one input size share a run.
absl::StatusOr<std::vector<DenseFeatures>> EncodeBatch(const Segmenter& segmenter,
                                                       std::vector<LoadedPicture>* batch) {
  std::map<std::pair<int, int>, std::vector<size_t>> by_size;
  for (size_t i = 0; i < batch->size(); ++i) {
    const NetworkInput& input = (*batch)[i].input;
    if (!input.values.empty()) by_size[{input.width, input.height}].push_back(i);
  }
  std::vector<DenseFeatures> features(batch->size());
  for (const auto& [size, members] : by_size) {
    std::vector<NetworkInput> inputs;
    for (const size_t i : members) inputs.push_back(std::move((*batch)[i].input));
    auto encoded = segmenter.EncodeImages(inputs);
    if (!encoded.ok()) return encoded.status();
    for (size_t i = 0; i < members.size(); ++i) features[members[i]] = std::move((*encoded)[i]);
  }
  return features;
}

absl::Status Count(const Segmenter& segmenter, const LoadedPicture& picture, const DenseFeatures& features,
                   const EmbeddedVocabulary& vocabulary, const EvaluateOptions& options,
                   const Measurement& measurement, SetReport& report) {
  if (measurement.count_scores) {
    const auto scores = segmenter.Score(features, vocabulary);
    if (!scores.ok()) return scores.status();
    return measurement.count_scores(picture.truth, picture.masks, *scores, vocabulary, report);
  }
  const ClassifyOptions classify = {false, {}, options.refine_steps};
  const auto labelled = options.tiling ? SegmentTiled(segmenter, picture.image, vocabulary, classify,
                                                      *options.tiling, options.input)
                                       : segmenter.Classify(features, vocabulary, picture.truth.width,
                                                            picture.truth.height, classify, &picture.guide);
  if (!labelled.ok()) return labelled.status();
  measurement.count_labels(picture.truth, labelled->labels, report);
  return absl::OkStatus();
}

// What differs from the published way, for the report.
std::string NameOptions(const EvaluateOptions& options) {
  std::vector<std::string> names;
  const auto add = [&names](const auto&... parts) { names.push_back(absl::StrCat(parts...)); };
  if (options.segmenter.last_block != LastBlock::kPublished) {
    add("last_block ", std::string(LastBlockName(options.segmenter.last_block)));
  }
  if (options.synonym_rule != SynonymRule::kAverage) {
    add("synonym_rule ", std::string(SynonymRuleName(options.synonym_rule)));
  }
  if (options.background_softmax_scale) add("softmax_scale ", *options.background_softmax_scale);
  if (options.input.fit != InputFit::kSquash) add("fit ", std::string(InputFitName(options.input.fit)));
  if (options.tiling) {
    add("tile ", options.tiling->tile_size);
    add("overlap ", options.tiling->overlap);
    add("global_weight ", options.tiling->global_weight);
  }
  if (options.refine_steps > 0) add("refine_steps ", options.refine_steps);
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<SetReport> MeasureSet(const Segmenter& segmenter, const OpenSet& set,
                                     const EvaluateOptions& options, const Measurement& measurement,
                                     Console& console) {
  SetReport report;
  report.set = set.data.name;
  report.root = set.data.root;
  report.classes = set.data.LabelNames();
  const auto classes = static_cast<int>(report.classes.size());
  report.pictures_of_class.resize(classes);
  report.pixels = Confusion(classes);
  if (measurement.read_masks) report.masks = Confusion(classes);

  std::vector<const LabelledPicture*> pictures;
  for (size_t i = options.shard.index; i < set.data.pictures.size(); i += options.shard.count) {
    pictures.push_back(&set.data.pictures[i]);
  }
  console.err << absl::StrCat(report.set, ": ", pictures.size(), " pictures, ", classes, " classes\n");
  ProgressBar progress(console, absl::StrCat("pixelclip-train ", measurement.command),
                       static_cast<int>(pictures.size()));

  // While the encoder runs on one batch, the next is being decoded, each picture on a thread of its own.
  std::deque<std::future<absl::StatusOr<LoadedPicture>>> ahead;
  auto next = pictures.begin();
  const auto load_ahead = [&] {
    for (; next != pictures.end() && static_cast<int>(ahead.size()) < options.batch; ++next) {
      ahead.push_back(std::async(std::launch::async, [&, picture = *next] {
        return LoadPicture(segmenter, set.data, *picture, options, measurement);
      }));
    }
  };
  for (load_ahead(); !ahead.empty();) {
    std::vector<LoadedPicture> batch;
    for (; !ahead.empty(); ahead.pop_front()) {
      auto loaded = ahead.front().get();
      if (!loaded.ok()) return loaded.status();
      batch.push_back(*std::move(loaded));
    }
    load_ahead();
    const auto features = EncodeBatch(segmenter, &batch);
    if (!features.ok()) return FileError(batch.front().name, features.status());
    for (size_t i = 0; i < batch.size(); ++i) {
      const LoadedPicture& picture = batch[i];
      const absl::Status counted =
          Count(segmenter, picture, (*features)[i], *set.vocabulary, options, measurement, report);
      if (!counted.ok()) return FileError(picture.name, counted);
      CountLabels(picture.truth, &report);
      progress.Finish(picture.name, absl::OkStatus());
    }
  }
  progress.Hide();
  return report;
}

absl::StatusOr<Report> MeasureShard(const Segmenter& segmenter, const EvaluateOptions& options,
                                    const Measurement& measurement, Console& console) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  Report report;
  report.settings = {measurement.command,
                     options.model,
                     segmenter.version(),
                     segmenter.resolution(),
                     options.templates.empty() ? DefaultTemplates() : options.templates,
                     options.background_words,
                     options.background_threshold,
                     options.min_pictures,
                     measurement.masks,
                     NameOptions(options)};
  report.shard_count = options.shard.count;
  report.shards = {options.shard.index};
  try {
    const auto sets = OpenSets(segmenter, options);
    if (!sets.ok()) return sets.status();
    for (const OpenSet& set : *sets) {
      auto measured = MeasureSet(segmenter, set, options, measurement, console);
      if (!measured.ok()) return measured.status();
      report.sets.push_back(*std::move(measured));
    }
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
  return report;
}

// All numbers of a report that ranks add up, in a fixed order: out of it, or back into it.
std::vector<int64_t> TakeNumbers(const Report& report) {
  std::vector<int64_t> numbers;
  const auto add = [&](const std::vector<int64_t>& more) {
    numbers.insert(numbers.end(), more.begin(), more.end());
  };
  for (const SetReport& set : report.sets) {
    add({set.pictures, set.masks_without_class});
    add(set.pictures_of_class);
    add(set.pixels.counts());
    if (set.masks) add(set.masks->counts());
  }
  return numbers;
}

void PutNumbers(const std::vector<int64_t>& numbers, Report* report) {
  auto next = numbers.begin();
  const auto take = [&](size_t count) {
    next += count;
    return std::vector<int64_t>(next - count, next);
  };
  for (SetReport& set : report->sets) {
    set.pictures = *next++;
    set.masks_without_class = *next++;
    set.pictures_of_class = take(set.pictures_of_class.size());
    set.pixels.SetCounts(take(set.pixels.counts().size()));
    if (set.masks) set.masks->SetCounts(take(set.masks->counts().size()));
  }
}

// All ranks learn first whether all have come this far: a failed one has nothing to add up.
absl::StatusOr<Report> AddUpRanks(absl::StatusOr<Report> mine, const EvaluateOptions& options) {
  std::vector<int64_t> failed = {mine.ok() ? 0 : 1};
  const absl::Status told = options.all_reduce(failed);
  if (!mine.ok()) return mine.status();
  if (!told.ok()) return told;
  if (failed[0] > 0) {
    return absl::AbortedError(
        absl::StrCat(failed[0], " of ", options.shard.count, " ranks failed; see their messages"));
  }
  std::vector<int64_t> numbers = TakeNumbers(*mine);
  if (absl::Status status = options.all_reduce(numbers); !status.ok()) return status;
  PutNumbers(numbers, &*mine);
  mine->shards.clear();
  for (int i = 0; i < mine->shard_count; ++i) mine->shards.push_back(i);
  return mine;
}

}  // namespace

absl::StatusOr<Report> MeasureSets(const Segmenter& segmenter, const EvaluateOptions& options,
                                   const Measurement& measurement, Console& console) {
  absl::StatusOr<Report> report = MeasureShard(segmenter, options, measurement, console);
  return options.all_reduce ? AddUpRanks(std::move(report), options) : report;
}

absl::Status LoadAndReport(const EvaluateOptions& options,
                           const std::function<absl::StatusOr<Report>(const Segmenter&)>& measure,
                           Console& console) {
  const auto segmenter = Segmenter::Load(options.model, options.segmenter);
  if (!segmenter.ok()) return segmenter.status();
  const absl::StatusOr<Report> report = measure(**segmenter);
  if (!report.ok()) return report.status();
  if (options.all_reduce && options.shard.index != 0) return absl::OkStatus();
  console.out << FormatSetsTable(*report);
  return WriteReport(*report, options.files);
}

}  // namespace pixelclip
