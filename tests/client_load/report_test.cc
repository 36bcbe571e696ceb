#include "client/load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Two answers after 100 and 300 ms, one refusal, one call that was too much for the client.
LoadStats Some() {
  LoadStats stats;
  stats.window_seconds = 2;
  stats.sent = 3;
  stats.unsent = 1;
  stats.bytes_sent = 3'000'000;
  stats.answered_in_window = 2;
  stats.good_in_window = 1;
  Answer answer;
  answer.response.mutable_seconds()->set_text(0.004);
  stats.Add(answer, 0.1, 0.2);
  stats.Add(answer, 0.3, 0.2);
  Answer refused;
  refused.status = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue\x1b[2J is full");
  refused.pushback_milliseconds = 1500;
  stats.Add(refused, 0.002, 0.2);
  return stats;
}

TEST(ReportTest, TellsPeople) {
  const std::string text = FormatReport(Some(), 200);
  EXPECT_THAT(text, HasSubstr("throughput  1.00/s in 2.0 s\n"));
  EXPECT_THAT(text, HasSubstr("goodput     0.50/s answered in time\n"));
  EXPECT_THAT(text, HasSubstr("calls       3, and 1 not sent: too many in flight, 1 answered too late\n"));
  EXPECT_THAT(text, HasSubstr("messages    3.0 MB out"));
  EXPECT_THAT(text, HasSubstr("try again after 1500 to 1500 ms"));
  EXPECT_THAT(text, testing::ContainsRegex("answered +2 +200\\.0 +[0-9.]+ +300\\.0"));
  EXPECT_THAT(text, testing::ContainsRegex("refused +1 +2\\.00"));
  EXPECT_THAT(text, testing::ContainsRegex("accepted +2 "));
  EXPECT_THAT(text, testing::ContainsRegex("text +2 +4\\.00"));
  EXPECT_THAT(text, testing::ContainsRegex("RESOURCE_EXHAUSTED +1 .*the queue"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "a server's message could rule the terminal";
}

TEST(ReportTest, TellsPeopleThatNothingWasAnswered) {
  const std::string text = FormatReport(LoadStats(), 80);
  EXPECT_THAT(text, HasSubstr("throughput  0.00/s"));
  EXPECT_THAT(text, Not(HasSubstr("encoder")));
}

TEST(ReportTest, TellsProgramsEverything) {
  const nlohmann::ordered_json json = StatsToJson(Some());
  EXPECT_EQ(json["throughput"], 1.0);
  EXPECT_EQ(json["goodput"], 0.5);
  EXPECT_EQ(json["calls"], (nlohmann::ordered_json{{"sent", 3},
                                                   {"unsent", 1},
                                                   {"late", 1},
                                                   {"accepted", 2},
                                                   {"answered", 2},
                                                   {"refused", 1},
                                                   {"expired", 0},
                                                   {"failed", 0}}));
  EXPECT_EQ(json["pushback_seconds"]["max"], 1.5);
  EXPECT_EQ(json["latency_seconds"]["answered"]["max"], 0.3);
  EXPECT_EQ(json["latency_seconds"]["answered"]["buckets"].size(), 2);
  EXPECT_EQ(json["latency_seconds"]["refused"]["count"], 1);
  EXPECT_EQ(json["codes"]["RESOURCE_EXHAUSTED"]["count"], 1);
  EXPECT_EQ(json["codes"]["OK"]["count"], 2);
  EXPECT_EQ(json["stage_seconds"]["text"]["mean"], 0.004);
}

}  // namespace
}  // namespace pixelclip
