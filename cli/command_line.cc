#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "cli/display_text.h"

namespace pixelclip {
namespace {

// CLI11 takes an argument such as "[dog]" for a list, and "-5 degrees" for an option; behind "--" it takes
// none at all. This mark in front, which options take off again, keeps such texts whole.
constexpr char kTextMark = '\x1f';

bool LooksLikeListOrOption(const std::string& argument) {
  if (argument.size() < 2) return false;
  if (argument.front() == '[' && argument.back() == ']') return true;
  return argument.front() == '-' && argument[1] != '-' && !absl::ascii_isalpha(argument[1]);
}

std::string UnmarkText(const std::string& argument) {
  return !argument.empty() && argument.front() == kTextMark ? argument.substr(1) : argument;
}

void UnmarkTextsOf(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() > 0) option->transform(UnmarkText);
  }
  for (CLI::App* part : command.get_subcommands({})) UnmarkTextsOf(*part);
}

// Wraps descriptions, which CLI11 leaves on one line.
class WrappingFormatter : public CLI::Formatter {
 public:
  WrappingFormatter() { column_width(kFirstColumn); }

  std::string make_option_desc(const CLI::Option* option) const override {
    return Wrap(CLI::Formatter::make_option_desc(option));
  }

 private:
  static constexpr int kFirstColumn = 28;
  static constexpr int kLine = 80;

  static std::string Wrap(const std::string& text) {
    std::string wrapped;
    int left = kLine - kFirstColumn;
    for (const absl::string_view word : absl::StrSplit(text, ' ')) {
      if (static_cast<int>(word.size()) > left) {
        wrapped += "\n";
        left = kLine - kFirstColumn;
      } else if (!wrapped.empty()) {
        wrapped += " ";
      }
      wrapped.append(word.data(), word.size());
      left -= static_cast<int>(word.size()) + 1;
    }
    return wrapped;
  }
};

void Parse(CLI::App& app, int argc, const char* const* argv) {
  UnmarkTextsOf(app);
  std::vector<std::string> arguments;
  bool only_texts = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--" && !only_texts) {
      only_texts = true;
    } else {
      arguments.push_back(only_texts || LooksLikeListOrOption(argument) ? kTextMark + argument : argument);
    }
  }
  std::reverse(arguments.begin(), arguments.end());
  app.parse(std::move(arguments));
}

}  // namespace

ExitCode Fail(Console& console, const std::string& program, const absl::Status& status, ExitCode code) {
  console.err << program << ": " << Printable({status.message().data(), status.message().size()})
              << std::endl;
  return code;
}

ExitCode RunCommandLine(CLI::App& app, const std::vector<Command>& commands, int argc,
                        const char* const* argv, Console& console) {
  const auto formatter = std::make_shared<WrappingFormatter>();
  app.formatter(formatter);
  for (const Command& command : commands) command.parser->formatter(formatter);
  app.set_version_flag("--version", app.get_name() + " " PIXELCLIP_VERSION);
  // Exactly one: a word such as "models" after it is an argument.
  app.require_subcommand(1);
  try {
    Parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool only_information = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (!only_information) console.err << app.get_name() << ": ";
    app.exit(error, console.out, console.err);
    return only_information ? ExitCode::kSuccess : ExitCode::kUsage;
  }
  for (const Command& command : commands) {
    if (!command.parser->parsed()) continue;
    const ExitCode code = command.run();
    console.out.flush();
    if (console.out.good()) return code;
    return Fail(console, app.get_name(), absl::UnavailableError("standard output: cannot write"));
  }
  return ExitCode::kUsage;
}

}  // namespace pixelclip
