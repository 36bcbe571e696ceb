#include "client/load/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

LoadStats HalfAnswered() {
  LoadStats stats;
  stats.window_seconds = 10;
  stats.sent = 4;
  stats.answered_in_window = 2;
  stats.good_in_window = 1;
  Answer ok;
  stats.Add(ok, 0.1, 1);
  stats.Add(ok, 2, 1);
  Answer refused;
  refused.status = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "busy");
  stats.Add(refused, 5, 1);
  Answer failed;
  failed.status = grpc::Status(grpc::StatusCode::INTERNAL, "broken");
  stats.Add(failed, 3, 1);
  return stats;
}

TEST(ConditionTest, MeasuresRatesLatenciesAndShares) {
  const LoadStats stats = HalfAnswered();
  for (const char* holds : {"throughput<0.3", "goodput<0.2", "goodput>0.05", "max>2.9", "max<3.1",
                            "p99.9>2.9", "mean>1.6", "p50<2.1", "refused>0.2", "failed>0", "expired<0.1"}) {
    EXPECT_TRUE(ParseCondition(holds)->Holds(stats)) << holds;
  }
  for (const char* does_not : {"throughput<0.2", "max>3.1", "failed>0.25", "expired>0", "unsent>0"}) {
    EXPECT_FALSE(ParseCondition(does_not)->Holds(stats)) << does_not;
  }
}

TEST(ConditionTest, SaysWhatIsWrong) {
  const auto problem = [](const char* text) { return std::string(ParseCondition(text).status().message()); };
  EXPECT_THAT(problem("p99"), HasSubstr("\"p99\" is not METRIC>VALUE"));
  EXPECT_THAT(problem("p99>fast"), HasSubstr("\"fast\" is no number"));
  EXPECT_THAT(problem("p99>nan"), HasSubstr("\"nan\" is no number"));
  EXPECT_THAT(problem("p98>1"), HasSubstr("\"p98\" is none of throughput, goodput"));
  EXPECT_THAT(problem(">1"), HasSubstr("is none of"));
}

}  // namespace
}  // namespace pixelclip
