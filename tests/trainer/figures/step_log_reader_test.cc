#include "trainer/figures/step_log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReadStepLog, TakesOneField) {
  const auto series = ReadStepLog(
      "{\"step\": 1, \"loss\": 0.75, \"rate\": 1}\n"
      "{\"step\": 2, \"loss\": null}\n"
      "{\"step\": 4, \"loss\": 0.5}\n"
      "{\"step\": 5, \"lo",
      "loss");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(series->xs, ElementsAre(1, 4));
  EXPECT_THAT(series->ys, ElementsAre(0.75, 0.5));
}

TEST(ReadStepLog, NamesTheLine) {
  EXPECT_THAT(std::string(ReadStepLog("{\"step\": 1}\nnonsense\n", "loss").status().message()),
              HasSubstr("line 2"));
  EXPECT_THAT(std::string(ReadStepLog("{\"step\": 1, \"loss\": \"low\"}\n", "loss").status().message()),
              HasSubstr("line 1: loss is no number"));
}

TEST(ReadStepLog, NamesTheFieldsThatThereAre) {
  EXPECT_THAT(std::string(ReadStepLog("{\"step\": 1, \"loss\": 2}\n", "los").status().message()),
              HasSubstr("no step has a field los; there are: loss, step"));
}

}  // namespace
}  // namespace pixelclip
