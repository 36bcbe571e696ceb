#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/text/tokenizer.h"
#include "core/text/unicode.h"
#include "engine/commands.h"

namespace pixelclip {
namespace {

struct Options {
  std::vector<std::string> texts;
  bool padded = false;
};

absl::StatusOr<std::vector<int32_t>> Tokenize(const std::string& text, bool padded) {
  if (!IsValidUtf8(text))
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not valid UTF-8"));
  std::vector<int32_t> tokens = Tokenizer::Clip().Encode(text);
  if (!padded) return tokens;
  tokens.insert(tokens.begin(), Tokenizer::kStartToken);
  tokens.push_back(Tokenizer::kEndToken);
  if (tokens.size() > Tokenizer::kContextLength) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" needs ", tokens.size(),
                                                   " tokens with start and end, the limit is ",
                                                   Tokenizer::kContextLength));
  }
  tokens.resize(Tokenizer::kContextLength, 0);
  return tokens;
}

// A text without room for it does not keep the others from being printed; its line is empty, so that the n-th
// line remains the n-th text's.
ExitCode PrintTokens(const std::string& text, bool padded, Console& console) {
  const absl::StatusOr<std::vector<int32_t>> tokens = Tokenize(text, padded);
  if (tokens.ok()) console.out << "[" << absl::StrJoin(*tokens, ", ") << "]";
  console.out << "\n";
  return tokens.ok() ? ExitCode::kSuccess : Fail(console, "pixelclip-engine", tokens.status());
}

ExitCode RunTokenize(const Options& options, Console& console) {
  ExitCode code = ExitCode::kSuccess;
  const auto print = [&](const std::string& text) {
    if (PrintTokens(text, options.padded, console) != ExitCode::kSuccess) code = ExitCode::kFailure;
  };
  for (const std::string& text : options.texts) print(text);
  if (options.texts.empty()) {
    for (std::string line; std::getline(std::cin, line);) print(line);
  }
  return code;
}

}  // namespace

Command AddTokenizeCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tokenize", "Print CLIP's token ids: one JSON array a line");
  command->add_option("TEXT", options->texts, "Texts; without any, the lines of standard input")
      ->option_text(" ");
  command->add_flag("--padded", options->padded,
                    "All 77 ids that the text encoder reads: start, end and padding too");
  command->footer(
      "Examples:\n"
      "  pixelclip-engine tokenize \"a photo of a dog.\"\n"
      "  pixelclip-engine tokenize < words.txt");
  return {command, [options, &console] { return RunTokenize(*options, console); }};
}

}  // namespace pixelclip
