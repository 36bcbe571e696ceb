#include "client/load/load_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/arguments.h"
#include "cli/check_number.h"
#include "cli/file_io.h"
#include "client/cpp/check_texts.h"
#include "client/load/condition.h"
#include "client/load/synthetic_picture.h"
#include "core/image/picture_extension.h"
#include "core/text/words_file.h"

namespace pixelclip {
namespace {

constexpr char kDefaultWords[] =
    "person; bicycle; car; motorcycle; aeroplane; bus; train; boat; bird; cat; dog; horse; sheep; cow; "
    "bottle; chair; "
    "sofa, couch; potted plant; dining table; tv monitor";
constexpr double kDefaultSeconds = 10;

std::string CheckCondition(const std::string& text) {
  const absl::StatusOr<Condition> condition = ParseCondition(text);
  return condition.ok() ? "" : std::string(condition.status().message());
}

std::vector<std::string> SplitWords(const std::string& list) {
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(list, ';')) {
    word = absl::StripAsciiWhitespace(word);
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

absl::StatusOr<v1::Vocabulary> MakeVocabulary(const std::vector<std::string>& words,
                                              const std::string& source) {
  if (words.empty()) return absl::InvalidArgumentError(absl::StrCat(source, ": no words"));
  v1::Vocabulary vocabulary;
  for (const std::string& word : words) vocabulary.add_classes()->set_name(word);
  if (const absl::Status good = CheckTexts(vocabulary); !good.ok())
    return absl::Status(good.code(), absl::StrCat(source, ": ", good.message()));
  return vocabulary;
}

absl::StatusOr<std::vector<v1::Vocabulary>> ReadVocabularies(const LoadTestOptions& options) {
  std::vector<std::pair<std::string, std::vector<std::string>>> lists;  // where from, words
  for (const std::string& list : options.words) lists.emplace_back("--words", SplitWords(list));
  for (const std::string& path : options.words_files) {
    const absl::StatusOr<std::string> content = ReadInput(path);
    if (!content.ok()) return content.status();
    lists.emplace_back(path, ParseWordsFile(*content));
  }
  if (lists.empty()) lists.emplace_back("the default", SplitWords(kDefaultWords));
  std::vector<v1::Vocabulary> vocabularies;
  for (const auto& [source, words] : lists) {
    absl::StatusOr<v1::Vocabulary> vocabulary = MakeVocabulary(words, source);
    if (!vocabulary.ok()) return vocabulary.status();
    vocabularies.push_back(*std::move(vocabulary));
  }
  return vocabularies;
}

// A file itself; of a folder, its pictures in the order of their names.
absl::StatusOr<std::vector<std::string>> ListPictures(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (HasPictureExtension(entry->path().string())) files.push_back(entry->path().string());
  }
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  if (files.empty()) return absl::NotFoundError(absl::StrCat(path, ": no pictures in this folder"));
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> MakeSynthetic(const std::string& size) {
  const std::vector<std::string> sides = absl::StrSplit(size, 'x');
  int width = 0;
  int height = 0;
  if (sides.size() != 2 || !absl::SimpleAtoi(sides[0], &width) || !absl::SimpleAtoi(sides[1], &height)) {
    return absl::InvalidArgumentError(absl::StrCat("--synthetic: \"", size, "\" is not WIDTHxHEIGHT"));
  }
  return MakeSyntheticJpeg(width, height);
}

absl::StatusOr<std::vector<std::string>> ReadPictures(const LoadTestOptions& options) {
  std::vector<std::string> pictures;
  for (const std::string& image : options.images) {
    const absl::StatusOr<std::vector<std::string>> files = ListPictures(image);
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      absl::StatusOr<std::string> picture = ReadInput(file);
      if (!picture.ok()) return picture.status();
      pictures.push_back(*std::move(picture));
    }
  }
  if (!pictures.empty()) return pictures;
  absl::StatusOr<std::string> picture = MakeSynthetic(options.synthetic);
  if (!picture.ok()) return picture.status();
  pictures.push_back(*std::move(picture));
  return pictures;
}

v1::Priority ToPriority(const std::string& name) {
  return name == "low"      ? v1::PRIORITY_LOW
         : name == "normal" ? v1::PRIORITY_NORMAL
         : name == "high"   ? v1::PRIORITY_HIGH
                            : v1::PRIORITY_UNSPECIFIED;
}

v1::LabelMapEncoding ToEncoding(const std::string& name) {
  return name == "rle"    ? v1::LABEL_MAP_ENCODING_RLE
         : name == "raw"  ? v1::LABEL_MAP_ENCODING_RAW
         : name == "none" ? v1::LABEL_MAP_ENCODING_NONE
                          : v1::LABEL_MAP_ENCODING_PNG;
}

}  // namespace

void AddLoadTestOptions(CLI::App& command, LoadTestOptions& options) {
  const auto add = [&command](const char* name, auto& value, const char* description, const char* type,
                              const char* group) {
    return command.add_option(name, value, description)->option_text(type)->group(group);
  };

  const char* length = "Length";
  add("--warm-up", options.warm_up_seconds, "Calls that are not counted, first [1]", "SECONDS", length)
      ->check(CheckNumber)
      ->check(CLI::Range(0.0, 1e5));
  add("--duration", options.duration_seconds, "Send calls for so long [10, unless --count is given]",
      "SECONDS", length)
      ->check(CheckNumber)
      ->check(CLI::Range(0.001, 1e6));
  add("--count", options.count, "Send so many calls", "N", length)
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40));

  const char* requests = "Requests";
  add("--image", options.images, "A picture, sent as it is, or a folder of them; repeatable", "PATH",
      requests)
      ->allow_extra_args(false);
  add("--synthetic", options.synthetic, "Without --image: a JPEG of noise of this size [640x480]", "WxH",
      requests);
  add("--words", options.words,
      "A vocabulary: \"cat; sofa, couch; sky\"; repeatable: calls have different ones then [20 everyday "
      "things]",
      "LIST", requests)
      ->allow_extra_args(false);
  add("--words-file", options.words_files, "A vocabulary, one class a line; repeatable", "FILE", requests)
      ->allow_extra_args(false);
  add("--choose", options.choice,
      "Vocabularies round-robin, or zipf: the k-th 1/k times as often [round-robin]", "NAME", requests)
      ->check(CLI::IsMember({"round-robin", "zipf"}));
  add("--cold-words", options.cold_words, "Share of calls whose words the server has never seen, 0 to 1 [0]",
      "SHARE", requests)
      ->check(CheckNumber)
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_flag("--register", options.register_vocabularies,
                "Register the vocabularies, and send only their ids")
      ->group(requests);
  add("--model", options.model, "One of the server's models [its default]", "NAME", requests);
  add("--priority", options.priority, "low, normal or high", "NAME", requests)
      ->check(CLI::IsMember({"low", "normal", "high"}));
  add("--encoding", options.encoding, "How the label map travels: png, rle, raw or none [png]", "NAME",
      requests)
      ->check(CLI::IsMember({"png", "rle", "raw", "none"}));
  add("--seed", options.seed, "Of everything random but the cold words [1]", "N", requests);

  AddServerOptions(command, options.server);
  const char* server = "Server";
  add("--channels", options.channels, "Connections that calls take turns on [1]", "N", server)
      ->check(CLI::Range(1, 1000));
  add("--max-in-flight", options.max_in_flight, "Calls beyond it are not sent, but counted [10000]", "N",
      server)
      ->check(CLI::Range(1, 1000000));
  command.add_flag("--retries", options.retries, "Repeat calls that the server did not take, as clients do")
      ->group(server);

  const char* report = "Report";
  add("--json", options.json, "Write all results there, with histograms", "FILE", report);
  add("--fail-on", options.fail_on,
      "Exit with 1 if this holds, such as p99>0.5, goodput<30 or failed>0; repeatable. Metrics: throughput, "
      "goodput (a "
      "second), mean, p50, p90, p95, p99, p99.9, max (seconds, of accepted calls), refused, expired, failed, "
      "unsent "
      "(share)",
      "CONDITION", report)
      ->allow_extra_args(false)
      ->check(CheckCondition);
}

LoopOptions MakeLoopOptions(const LoadTestOptions& options) {
  LoopOptions loop;
  loop.warm_up_seconds = options.warm_up_seconds;
  if (options.duration_seconds > 0) {
    loop.duration_seconds = options.duration_seconds;
  } else if (options.count == 0) {
    loop.duration_seconds = kDefaultSeconds;
  }
  if (options.count > 0) loop.count = options.count;
  loop.timeout_seconds = options.server.timeout_seconds;
  loop.max_in_flight = options.max_in_flight;
  return loop;
}

absl::StatusOr<WorkloadOptions> MakeWorkloadOptions(const LoadTestOptions& options) {
  absl::StatusOr<std::vector<std::string>> pictures = ReadPictures(options);
  if (!pictures.ok()) return pictures.status();
  absl::StatusOr<std::vector<v1::Vocabulary>> vocabularies = ReadVocabularies(options);
  if (!vocabularies.ok()) return vocabularies.status();
  WorkloadOptions workload;
  workload.pictures = *std::move(pictures);
  workload.vocabularies = *std::move(vocabularies);
  workload.choice = options.choice == "zipf" ? VocabularyChoice::kZipf : VocabularyChoice::kRoundRobin;
  workload.cold_share = options.cold_words;
  workload.seed = options.seed;
  workload.common.set_model(options.model);
  workload.common.set_priority(ToPriority(options.priority));
  workload.common.mutable_outputs()->set_label_map(ToEncoding(options.encoding));
  return workload;
}

nlohmann::ordered_json SettingsToJson(const LoadTestOptions& options) {
  const LoopOptions loop = MakeLoopOptions(options);
  nlohmann::ordered_json json = {{"server", options.server.server},
                                 {"timeout_seconds", loop.timeout_seconds},
                                 {"channels", options.channels},
                                 {"retries", options.retries},
                                 {"images", options.images},
                                 {"synthetic", options.images.empty() ? options.synthetic : ""},
                                 {"words", options.words},
                                 {"words_files", options.words_files},
                                 {"choose", options.choice},
                                 {"cold_words", options.cold_words},
                                 {"register", options.register_vocabularies},
                                 {"model", options.model},
                                 {"priority", options.priority},
                                 {"encoding", options.encoding},
                                 {"warm_up_seconds", loop.warm_up_seconds},
                                 {"duration_seconds", nullptr},
                                 {"count", nullptr},
                                 {"max_in_flight", loop.max_in_flight},
                                 {"seed", options.seed},
                                 {"fail_on", options.fail_on}};
  if (loop.duration_seconds < std::numeric_limits<double>::infinity())
    json["duration_seconds"] = loop.duration_seconds;
  if (options.count > 0) json["count"] = options.count;
  return json;
}

}  // namespace pixelclip
