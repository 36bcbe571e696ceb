// Ranks as processes on the loopback interface; what each does is in rank_main.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/trainer/scale/rank_processes.h"

namespace pixelclip {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kCommunicatorFailed = 7;

class Ranks : public testing::TestWithParam<int> {
 protected:
  void ExpectAllSucceed(const std::string& part) {
    RankProcesses processes(part, GetParam(), GetParam(), port_.number());
    for (int rank = 0; rank < GetParam(); ++rank) {
      const auto result = processes.Wait(rank);
      EXPECT_EQ(result.exit_code, 0) << "rank " << rank << ": " << result.output;
    }
  }

  ReservedPort port_;
};

INSTANTIATE_TEST_SUITE_P(Gloo, Ranks, testing::Values(2, 3));

TEST_P(Ranks, SumAndBroadcast) { ExpectAllSucceed("sums"); }
TEST_P(Ranks, HaveTheGradientsOfOneProcess) { ExpectAllSucceed("gradients"); }
TEST_P(Ranks, NoticeOtherParameters) { ExpectAllSucceed("other parameters"); }

void ExpectFailure(const RankProcesses::Result& result, const std::string& message) {
  EXPECT_EQ(result.exit_code, kCommunicatorFailed) << result.output;
  EXPECT_THAT(result.output, HasSubstr(message));
}

TEST(Gloo, NamesALostRankOnAllOthers) {
  const ReservedPort port;
  RankProcesses processes("lose last", 3, 3, port.number());
  for (int rank : {0, 1}) {
    const auto result = processes.Wait(rank);
    ExpectFailure(result, "rank 2 is lost: no sign of life for 3 heartbeats of 200 ms");
    EXPECT_THAT(result.output, AllOf(HasSubstr(absl::StrCat("rank ", rank, " of 3: AllReduceSum failed: ")),
                                     Not(HasSubstr(absl::StrCat("rank ", 1 - rank, " is lost")))));
  }
}

TEST(Gloo, NamesALostRankThatKeptTheStore) {
  const ReservedPort port;
  RankProcesses processes("lose first", 3, 3, port.number());
  for (int rank : {1, 2})
    ExpectFailure(processes.Wait(rank), "rank 0 is lost or has ended: its store is gone");
}

TEST(Gloo, NamesARankLostDuringBackward) {
  const ReservedPort port;
  RankProcesses processes("lose in backward", 3, 3, port.number());
  for (int rank : {0, 2}) {
    const auto result = processes.Wait(rank);
    ExpectFailure(result, "rank 1 is lost");
    EXPECT_THAT(result.output, HasSubstr("FinishGradients failed: "));
  }
}

TEST(Gloo, NamesARankThatHangsAfterTheTimeout) {
  const ReservedPort port;
  RankProcesses processes("stop last", 2, 2, port.number(), {"TIMEOUT_MILLIS=4000"});
  ExpectFailure(processes.Wait(0), "rank 1 is lost: no sign of life");
}

TEST(Gloo, TellsAnEarlyEndFromALoss) {
  const ReservedPort port;
  RankProcesses processes("finish early", 2, 2, port.number());
  EXPECT_EQ(processes.Wait(1).exit_code, 0);
  const auto result = processes.Wait(0);
  EXPECT_THAT(result.output, HasSubstr("rank 1 has ended: it left the run"))
      << "exit code " << result.exit_code;
}

TEST(Gloo, NamesRanksThatNeverArrive) {
  const ReservedPort port;
  RankProcesses processes("sums", 4, 1, port.number(), {"TIMEOUT_MILLIS=200"});
  ExpectFailure(processes.Wait(0), "rank 0: of 4 ranks these did not arrive within 200 ms: 1, 2, 3");
}

// Of three, the rank that keeps the store or another one.
TEST(Gloo, TellsWhyARankDeclined) {
  for (const int declining : {0, 2}) {
    const ReservedPort port;
    RankProcesses processes("decline", 3, 3, port.number(), {absl::StrCat("DECLINING_RANK=", declining)});
    for (int rank = 0; rank < 3; ++rank) {
      const auto result = processes.Wait(rank);
      if (rank == declining) {
        EXPECT_EQ(result.exit_code, 0) << result.output;
      } else {
        ExpectFailure(result, absl::StrCat("rank ", rank, ": rank ", declining,
                                           " cannot take part: it has no pictures"));
      }
    }
  }
}

TEST(Gloo, NamesAPortThatIsTaken) {
  ReservedPort port;
  port.Occupy();
  RankProcesses processes("sums", 2, 1, port.number());
  ExpectFailure(processes.Wait(0), absl::StrCat("store at 127.0.0.1:", port.number(),
                                                ": cannot listen: Address already in use"));
}

TEST(Gloo, ConnectsToTheLaunchersStore) {
  // Nobody listens: as a client of the launcher's store rank 0 says so instead of opening one.
  const ReservedPort port;
  RankProcesses processes("sums", 2, 1, port.number(),
                          {"TIMEOUT_MILLIS=300", "TORCHELASTIC_USE_AGENT_STORE=True"});
  ExpectFailure(processes.Wait(0), absl::StrCat("store at 127.0.0.1:", port.number(), ": "));
}

}  // namespace
}  // namespace pixelclip
