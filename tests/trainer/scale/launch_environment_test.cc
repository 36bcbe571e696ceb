#include "trainer/scale/launch_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace pixelclip {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

absl::StatusOr<LaunchEnvironment> Read(const Variables& variables) {
  return LaunchEnvironment::FromEnvironment([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

const Variables& Torchrun() {
  static const auto& variables = *new Variables{{"RANK", "5"},
                                                {"WORLD_SIZE", "8"},
                                                {"LOCAL_RANK", "1"},
                                                {"LOCAL_WORLD_SIZE", "4"},
                                                {"MASTER_ADDR", "node0.cluster"},
                                                {"MASTER_PORT", "29500"},
                                                {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                {"TORCHELASTIC_RESTART_COUNT", "2"}};
  return variables;
}

Variables With(Variables variables, const std::string& name, const std::string& value) {
  variables[name] = value;
  return variables;
}

Variables Without(Variables variables, const std::string& name) {
  variables.erase(name);
  return variables;
}

TEST(LaunchEnvironment, IsOneProcessWithoutVariables) {
  const auto environment = Read({});
  ASSERT_TRUE(environment.ok());
  EXPECT_EQ(environment->rank, 0);
  EXPECT_EQ(environment->world_size, 1);
  EXPECT_EQ(environment->local_world_size, 1);
  EXPECT_EQ(environment->master_address, "");
}

TEST(LaunchEnvironment, ReadsWhatTorchrunSets) {
  const auto environment = Read(Torchrun());
  ASSERT_TRUE(environment.ok()) << environment.status();
  EXPECT_EQ(environment->rank, 5);
  EXPECT_EQ(environment->world_size, 8);
  EXPECT_EQ(environment->local_rank, 1);
  EXPECT_EQ(environment->local_world_size, 4);
  EXPECT_EQ(environment->master_address, "node0.cluster");
  EXPECT_EQ(environment->master_port, 29500);
  EXPECT_TRUE(environment->launcher_keeps_store);
  EXPECT_EQ(environment->restart_count, 2);
}

TEST(LaunchEnvironment, TakesAnIndexedJobsIndexForTheRank) {
  const Variables job = {{"WORLD_SIZE", "3"},
                         {"JOB_COMPLETION_INDEX", "2"},
                         {"MASTER_ADDR", "train-0.train"},
                         {"MASTER_PORT", "29500"}};
  const auto environment = Read(job);
  ASSERT_TRUE(environment.ok()) << environment.status();
  EXPECT_EQ(environment->rank, 2);
  EXPECT_EQ(environment->local_rank, 0);
  EXPECT_FALSE(environment->launcher_keeps_store);

  EXPECT_EQ(Read(With(job, "RANK", "1"))->rank, 1) << "RANK goes first";
  EXPECT_THAT(Read(With(job, "LOCAL_WORLD_SIZE", "2")).status().message(),
              AllOf(HasSubstr("LOCAL_WORLD_SIZE=\"2\" is outside 1..1"), HasSubstr("counts pods")));
}

TEST(LaunchEnvironment, LetsPodsOfAnIndexedJobTrainAlone) {
  const auto environment = Read({{"JOB_COMPLETION_INDEX", "4"}});
  ASSERT_TRUE(environment.ok()) << environment.status();
  EXPECT_EQ(environment->world_size, 1);
  EXPECT_EQ(environment->rank, 0);
}

TEST(LaunchEnvironment, NeedsNoMasterForOneRank) {
  const auto environment = Read({{"WORLD_SIZE", "1"}});
  ASSERT_TRUE(environment.ok()) << environment.status();
  EXPECT_EQ(environment->world_size, 1);
}

struct Refusal {
  Variables variables;
  std::string message;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, NamesVariableLimitAndValue) {
  const auto environment = Read(GetParam().variables);
  ASSERT_EQ(environment.status().code(), absl::StatusCode::kInvalidArgument) << environment.status();
  EXPECT_EQ(environment.status().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    LaunchEnvironment, Refused,
    testing::Values(
        Refusal{With(Torchrun(), "RANK", "8"),
                "environment variable RANK=\"8\" is outside 0..7: WORLD_SIZE is 8"},
        Refusal{With(Torchrun(), "RANK", "-1"),
                "environment variable RANK=\"-1\" is outside 0..7: WORLD_SIZE is 8"},
        Refusal{With(Torchrun(), "RANK", "five"), "environment variable RANK=\"five\" is not a whole number"},
        Refusal{With(Torchrun(), "RANK", ""), "environment variable RANK=\"\" is not a whole number"},
        Refusal{With(Torchrun(), "RANK", "1\n\x1b[2J"),
                "environment variable RANK=\"1\\n\\x1b[2J\" is not a whole number"},
        Refusal{Without(Torchrun(), "RANK"),
                "environment variable RANK is not set, nor JOB_COMPLETION_INDEX, but WORLD_SIZE is 8"},
        Refusal{Without(Torchrun(), "WORLD_SIZE"),
                "environment variable RANK=\"5\" is set, but WORLD_SIZE is not"},
        Refusal{{{"MASTER_ADDR", "node0"}},
                "environment variable MASTER_ADDR=\"node0\" is set, but WORLD_SIZE is not"},
        Refusal{With(Torchrun(), "WORLD_SIZE", "0"),
                "environment variable WORLD_SIZE=\"0\" is outside 1..4096"},
        Refusal{With(Torchrun(), "WORLD_SIZE", "99999999999"),
                "environment variable WORLD_SIZE=\"99999999999\" is not a whole number"},
        Refusal{With(Torchrun(), "LOCAL_RANK", "4"),
                "environment variable LOCAL_RANK=\"4\" is outside 0..3: LOCAL_WORLD_SIZE is 4"},
        Refusal{With(Torchrun(), "LOCAL_WORLD_SIZE", "9"),
                "environment variable LOCAL_WORLD_SIZE=\"9\" is outside 1..8: WORLD_SIZE is 8"},
        Refusal{Without(Torchrun(), "MASTER_ADDR"),
                "environment variable MASTER_ADDR is not set, but WORLD_SIZE is 8"},
        Refusal{With(Torchrun(), "MASTER_ADDR", ""),
                "environment variable MASTER_ADDR is not set, but WORLD_SIZE is 8"},
        Refusal{With(Torchrun(), "MASTER_ADDR", std::string(300, 'a')),
                "environment variable MASTER_ADDR=\"" + std::string(80, 'a') +
                    "\" is longer than 253 bytes, the limit for a host name: 300"},
        Refusal{Without(Torchrun(), "MASTER_PORT"),
                "environment variable MASTER_PORT is not set, but WORLD_SIZE is 8"},
        Refusal{With(Torchrun(), "MASTER_PORT", "65536"),
                "environment variable MASTER_PORT=\"65536\" is outside 1..65535"},
        Refusal{With(Torchrun(), "TORCHELASTIC_USE_AGENT_STORE", "yes"),
                "environment variable TORCHELASTIC_USE_AGENT_STORE=\"yes\" is neither True nor False"},
        Refusal{With(Torchrun(), "TORCHELASTIC_RESTART_COUNT", "-1"),
                "environment variable TORCHELASTIC_RESTART_COUNT=\"-1\" is outside 0..2147483647"}));

}  // namespace
}  // namespace pixelclip
