#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "cli/segment_options.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  // Runs "program ARGUMENTS..." with the subcommands segment and models.
  ExitCode Run(std::vector<const char*> arguments) {
    CLI::App app("What it does.", "program");
    CLI::App* segment = app.add_subcommand("segment", "Segments");
    AddSegmentOptions(*segment, options_);
    CLI::App* models = app.add_subcommand("models", "Lists");
    arguments.insert(arguments.begin(), "program");
    Console console{out_, err_, false, ColorMode::kNone, 80, 80, [] { return 0.0; }};
    return RunCommandLine(
        app, {{segment, [] { return ExitCode::kSuccess; }}, {models, [] { return ExitCode::kFailure; }}},
        static_cast<int>(arguments.size()), arguments.data(), console);
  }

  SegmentOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandLineTest, RunsTheSubcommand) {
  EXPECT_EQ(Run({"segment", "a.jpg", "dog"}), ExitCode::kSuccess);
  EXPECT_EQ(Run({"models"}), ExitCode::kFailure);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandLineTest, AnswersHelpAndVersionOnStandardOutput) {
  EXPECT_EQ(Run({"--help"}), ExitCode::kSuccess);
  EXPECT_THAT(out_.str(), HasSubstr("segment"));
  EXPECT_EQ(Run({"segment", "--help"}), ExitCode::kSuccess);
  EXPECT_THAT(out_.str(), HasSubstr("--words-file"));
  out_.str("");
  EXPECT_EQ(Run({"--version"}), ExitCode::kSuccess);
  EXPECT_THAT(out_.str(), testing::StartsWith("program "));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandLineTest, ReportsUsageErrorsOnStandardError) {
  EXPECT_EQ(Run({}), ExitCode::kUsage);
  EXPECT_EQ(Run({"nonsense"}), ExitCode::kUsage);
  EXPECT_EQ(Run({"segment", "a.jpg", "dog", "--nonsense"}), ExitCode::kUsage);
  EXPECT_EQ(Run({"segment", "a.jpg", "dog", "--background-threshold", "high"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), testing::StartsWith("program: "));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CommandLineTest, KeepsWordsWholeWhateverTheyLookLike) {
  Run({"segment", "-", "models", "[dog]", "[a, b]", "-5 degrees", "-é", "segment", ""});
  EXPECT_EQ(err_.str(), "");
  EXPECT_THAT(options_.arguments,
              ElementsAre("-", "models", "[dog]", "[a, b]", "-5 degrees", "-é", "segment", ""));
}

TEST_F(CommandLineTest, TakesWordsThatLookLikeOptionsBehindTwoDashes) {
  Run({"segment", "a.jpg", "--", "--out", "-o"});
  EXPECT_THAT(options_.arguments, ElementsAre("a.jpg", "--out", "-o"));
}

TEST_F(CommandLineTest, GivesOptionsOneValueEach) {
  EXPECT_EQ(Run({"segment", "--template", "[{}]", "--template", "a {}.", "a.jpg", "--background-word", "wall",
                 "dog", "--image", "b.jpg", "--background-threshold", "-0.5", "-o", "out.png", "cat"}),
            ExitCode::kSuccess);
  EXPECT_THAT(options_.words.templates, ElementsAre("[{}]", "a {}."));
  EXPECT_THAT(options_.words.background_words, ElementsAre("wall"));
  EXPECT_THAT(options_.images, ElementsAre("b.jpg"));
  EXPECT_THAT(options_.arguments, ElementsAre("a.jpg", "dog", "cat"));
  EXPECT_EQ(options_.words.background_threshold, -0.5f);
  EXPECT_EQ(options_.out, "out.png");
}

TEST_F(CommandLineTest, NoticesThatNobodyTakesTheOutput) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"segment", "a.jpg", "dog"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("standard output"));
}

}  // namespace
}  // namespace pixelclip
