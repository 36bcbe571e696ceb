#include "trainer/run/step_progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pixelclip {
namespace {

TEST(StepProgressTest, SaysWhatIsDoneAndLeft) {
  EXPECT_EQ(FormatRunProgress({250, 1000, 6.25, 190, 0.5}, 200),
            "█████░░░░░░░░░░░░░░░  step 250/1000  loss 0.5  6.25 pictures/s  3 min 10 s left");
  EXPECT_EQ(FormatRunProgress({1, 2, 0, 0, 0.125}, 30), "step 1/2  loss 0.125");
  EXPECT_EQ(FormatRunProgress({2, 2, 3, 0, 0.125}, 40), "step 2/2  loss 0.125  3 pictures/s");
}

class StepProgressOutput : public ::testing::Test {
 protected:
  Console MakeConsole(bool is_terminal) {
    return {out_, err_, is_terminal, ColorMode::kNone, 80, 60, [this] { return now_; }};
  }

  std::ostringstream out_, err_;
  double now_ = 100;
};

TEST_F(StepProgressOutput, APipeGetsFewLines) {
  Console console = MakeConsole(false);
  {
    StepProgress progress(console, 4, 10, 8);
    for (int i = 0; i < 6; ++i) {
      now_ += 16;
      progress.Finish(0.25);
    }
  }
  EXPECT_EQ(err_.str(),
            "step 5/10  loss 0.25  0.5 pictures/s  1 min 20 s left\n"
            "step 7/10  loss 0.25  0.5 pictures/s  48 s left\n"
            "step 9/10  loss 0.25  0.5 pictures/s  16 s left\n"
            "step 10/10  loss 0.25  0.5 pictures/s\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(StepProgressOutput, ATerminalGetsOneLineDrawnAgain) {
  Console console = MakeConsole(true);
  {
    StepProgress progress(console, 0, 3, 1);
    for (int i = 0; i < 3; ++i) {
      now_ += i == 1 ? 0.01 : 1;  // the second is too soon to be drawn
      progress.Finish(1);
    }
  }
  EXPECT_EQ(err_.str(),
            "\r\x1b[Kstep 1/3  loss 1  1 pictures/s  2 s left"
            "\r\x1b[K████████████████████  step 3/3  loss 1  1.49 pictures/s\n");
}

}  // namespace
}  // namespace pixelclip
