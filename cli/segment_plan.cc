#include "cli/segment_plan.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/arguments.h"
#include "cli/file_io.h"
#include "core/text/words_file.h"

namespace pixelclip {
namespace {

bool IsFile(const std::string& path) {
  std::error_code missing;
  return std::filesystem::exists(path, missing) && !std::filesystem::is_directory(path, missing);
}

absl::StatusOr<PicturesAndWords> FindPicturesAndWords(const SegmentOptions& options) {
  PicturesAndWords found{options.images, options.arguments};
  if (options.images.empty()) {
    absl::StatusOr<PicturesAndWords> split = SplitArguments(options.arguments, IsFile);
    if (!split.ok()) return split.status();
    found = *std::move(split);
  }
  if (!options.words_file.empty()) {
    const absl::StatusOr<std::string> text = ReadInput(options.words_file);
    if (!text.ok()) return text.status();
    for (std::string& word : ParseWordsFile(*text)) found.words.push_back(std::move(word));
  }
  if (found.pictures.empty()) {
    return absl::InvalidArgumentError("no picture: name one before the words, or - for standard input");
  }
  if (std::count(found.pictures.begin(), found.pictures.end(), "-") > 1) {
    return absl::InvalidArgumentError("standard input (-) is only one picture");
  }
  if (found.words.empty()) {
    return absl::InvalidArgumentError(
        "no words: name what to look for after the picture, such as dog grass sky");
  }
  return found;
}

absl::StatusOr<Vocabulary> MakeVocabulary(const SegmentOptions& options,
                                          const std::vector<std::string>& words) {
  Vocabulary vocabulary;
  for (const std::string& word : words) vocabulary.classes.push_back({word, {}});
  absl::StatusOr<std::vector<std::string>> templates = TemplatesOf(options.words);
  if (!templates.ok()) return templates.status();
  vocabulary.templates = *std::move(templates);
  vocabulary.synonym_rule = options.words.synonym_rule;
  if (!options.words.background_words.empty() || options.words.background_threshold.has_value()) {
    Background& background = vocabulary.background.emplace();
    if (!options.background_name.empty()) background.name = options.background_name;
    background.words = options.words.background_words;
    background.score_threshold = options.words.background_threshold;
    background.softmax_scale = options.words.background_softmax_scale;
  } else if (!options.background_name.empty()) {
    return absl::InvalidArgumentError(
        "--background-name needs --background-word or --background-threshold, which say what is background");
  }
  return vocabulary;
}

}  // namespace

absl::StatusOr<SegmentPlan> PlanSegment(const SegmentOptions& options) {
  if (absl::Status status = CheckTiling(options.picture.tiling); !status.ok()) return status;
  absl::StatusOr<PicturesAndWords> subjects = FindPicturesAndWords(options);
  if (!subjects.ok()) return subjects.status();
  absl::StatusOr<Vocabulary> vocabulary = MakeVocabulary(options, subjects->words);
  if (!vocabulary.ok()) return vocabulary.status();
  const absl::StatusOr<std::vector<OutputFiles>> files =
      PlanOutputFiles({options.out, options.labels, options.scores, options.rle}, subjects->pictures);
  if (!files.ok()) return files.status();

  SegmentPlan plan;
  for (size_t i = 0; i < subjects->pictures.size(); ++i) {
    plan.tasks.push_back({std::move(subjects->pictures[i]), (*files)[i]});
  }
  plan.vocabulary = *std::move(vocabulary);
  plan.outputs.best_scores = !options.scores.empty();
  plan.outputs.refine_steps = options.picture.refine_steps;
  return plan;
}

}  // namespace pixelclip
