#ifndef PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_TEST_H_
#define PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_TEST_H_

#include <gtest/gtest.h>

#include "tests/trainer/evaluate/quiet_console.h"
#include "tests/trainer/evaluate/red_segmenter.h"
#include "tests/trainer/evaluate/set_folder.h"
#include "trainer/evaluate/evaluate.h"

namespace pixelclip::testing {

// Measures a set of one's own: `folder_` is to be filled.
class SetTest : public ::testing::Test {
 protected:
  EvaluateOptions OptionsOfFolder() const {
    EvaluateOptions options;
    options.sets.resize(1);
    options.sets[0].root = folder_.path();
    return options;
  }

  SetFolder folder_;
  RedSegmenter segmenter_;
  QuietConsole console_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_TEST_H_
