#include "cli/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/display_text.h"

namespace pixelclip {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FormatProgress, TellsRateAndTimeLeft) {
  EXPECT_EQ(FormatProgress({12, 0, 40, 4.0}, 100),
            "████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░  12/40  3 pictures/s  9.3 s left");
  EXPECT_EQ(FormatProgress({40, 3, 40, 0.5}, 100),
            "████████████████████████████████████████  40/40  80 pictures/s  3 failed");
}

TEST(FormatProgress, StartsWithoutARate) {
  EXPECT_EQ(FormatProgress({0, 0, 5, 0}, 30), "░░░░░░░░░░░░░░░░░░░░░░░░░  0/5");
}

TEST(FormatProgress, FitsIntoNarrowTerminals) {
  for (int columns = 1; columns < 80; ++columns) {
    EXPECT_LE(DisplayWidth(FormatProgress({13, 1, 40, 4.0}, columns)), columns);
  }
}

class ProgressBarTest : public testing::Test {
 protected:
  ProgressBar Bar(bool is_terminal, int total) {
    console_.err_is_terminal = is_terminal;
    return {console_, "pixelclip", total};
  }

  double now_ = 100;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_{out_, err_, false, ColorMode::kNone, 80, 60, [this] { return now_; }};
};

TEST_F(ProgressBarTest, DrawsOnATerminalNowAndThen) {
  ProgressBar bar = Bar(/*is_terminal=*/true, 100);
  EXPECT_THAT(err_.str(), HasSubstr("0/100"));
  now_ += 0.01;
  bar.Finish("a.jpg", absl::OkStatus());
  EXPECT_THAT(err_.str(), Not(HasSubstr("1/100"))) << "too soon to draw again";
  now_ += 0.2;
  bar.Finish("b.jpg", absl::OkStatus());
  EXPECT_THAT(err_.str(), HasSubstr("2/100"));
  bar.Hide();
  EXPECT_THAT(err_.str(), EndsWith("\r\x1b[K"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgressBarTest, PutsFailuresAboveTheBar) {
  ProgressBar bar = Bar(/*is_terminal=*/true, 3);
  err_.str("");
  now_ += 1;
  bar.Finish("a.jpg", absl::InvalidArgumentError("image.encoded: broken"));
  EXPECT_THAT(err_.str(), HasSubstr("\r\x1b[Kpixelclip: a.jpg: image.encoded: broken\n\r"));
  EXPECT_THAT(err_.str(), HasSubstr("1/3  1 pictures/s  2 s left  1 failed"));
}

TEST_F(ProgressBarTest, WritesPlainLinesElsewhere) {
  ProgressBar bar = Bar(/*is_terminal=*/false, 3);
  bar.Finish("a.jpg", absl::OkStatus());
  bar.Finish("-", absl::InternalError("oh"));
  bar.Finish("c.jpg", absl::NotFoundError("c.jpg: No such file or directory"));
  bar.Hide();
  EXPECT_EQ(err_.str(),
            "[1/3] a.jpg\n"
            "pixelclip: standard input: oh\n"
            "pixelclip: c.jpg: No such file or directory\n");
  EXPECT_EQ(bar.progress().failed, 2);
}

TEST_F(ProgressBarTest, IsSilentAboutOnePicture) {
  for (const bool is_terminal : {false, true}) Bar(is_terminal, 1).Finish("a.jpg", absl::OkStatus());
  EXPECT_EQ(err_.str(), "");
}

}  // namespace
}  // namespace pixelclip
