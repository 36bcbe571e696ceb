#include "trainer/run/setting_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SettingTableTest : public ::testing::Test {
 protected:
  SettingTableTest() {
    table_.AddInteger("run.steps", steps_, 1, 1000, "how many");
    table_.AddInteger<uint64_t>("run.seed", seed_, 0, UINT64_MAX, "of everything");
    table_.AddText("run.device", device_, "where", OnResume::kMayDiffer);
    table_.AddReal("method.rate", rate_, 0, 1, "of learning");
    table_.AddFlag("method.fast", fast_, "or slow");
    table_.AddChoice<char>("method.colour", colour_, {{"red", 'r'}, {"blue", 'b'}}, "of it");
    table_.AddTexts("method.words", words_, "in order");
    table_.AddIntegers("method.values", values_, 0, 255, "that count");
    table_.AddOptionalTexts("method.parts", parts_, "published", "to tune");
  }

  std::string Problem(const std::string& yaml) {
    const absl::Status status = table_.Read(yaml, "a.yaml");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << yaml;
    return std::string(status.message());
  }

  int steps_ = 10;
  uint64_t seed_ = 0;
  std::string device_ = "cpu";
  double rate_ = 0.5;
  bool fast_ = false;
  char colour_ = 'r';
  std::vector<std::string> words_ = {"one"};
  std::vector<uint32_t> values_ = {255};
  std::optional<std::vector<std::string>> parts_;
  SettingTable table_;
};

TEST_F(SettingTableTest, SetsWhatIsNamedAndLeavesTheRest) {
  const absl::Status status = table_.Read(R"(
run:
  steps: 20
  seed: 18446744073709551615
method:
  rate: 2e-4
  fast: true
  colour: blue
  words: [a photo, "of: it"]
  values: [0, 7]
  parts: []
)",
                                          "a.yaml");
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(steps_, 20);
  EXPECT_EQ(seed_, UINT64_MAX);
  EXPECT_EQ(device_, "cpu");
  EXPECT_EQ(rate_, 2e-4);
  EXPECT_TRUE(fast_);
  EXPECT_EQ(colour_, 'b');
  EXPECT_THAT(words_, ElementsAre("a photo", "of: it"));
  EXPECT_THAT(values_, ElementsAre(0u, 7u));
  ASSERT_TRUE(parts_.has_value());
  EXPECT_TRUE(parts_->empty());
}

TEST_F(SettingTableTest, AnEmptyFileOrSectionSetsNothing) {
  EXPECT_TRUE(table_.Read("", "a.yaml").ok());
  EXPECT_TRUE(table_.Read("# nothing\nrun:\n", "a.yaml").ok());
  EXPECT_EQ(steps_, 10);
}

TEST_F(SettingTableTest, NamesFileLineKeyLimitAndValue) {
  EXPECT_EQ(Problem("run:\n  seed: 1\n  steps: 0\n"),
            "a.yaml:3: run.steps is \"0\"; it must be an integer from 1 to 1000");
  EXPECT_EQ(Problem("method:\n  rate: 1.5\n"),
            "a.yaml:2: method.rate is \"1.5\"; it must be a number from 0 to 1");
  EXPECT_EQ(Problem("method:\n  colour: green\n"),
            "a.yaml:2: method.colour is \"green\"; it must be one of red, blue");
}

TEST_F(SettingTableTest, RefusesWrongTypes) {
  for (const char* yaml : {"run: {steps: 1.5}",
                           "run: {steps: many}",
                           "run: {steps: [1]}",
                           "run: {steps: {a: 1}}",
                           "run: {steps: }",
                           "run: {steps: 99999999999999999999}",
                           "run: {seed: -1}",
                           "method: {rate: nan}",
                           "method: {rate: x}",
                           "method: {fast: yes}",
                           "method: {words: one}",
                           "method: {words: [[a]]}",
                           "method: {values: [256]}",
                           "method: {values: 1}",
                           "method: {parts: some}",
                           "run: 5",
                           "[run]",
                           "text",
                           "[a]: {b: c}",
                           "run: {[a]: 1}"}) {
    EXPECT_THAT(Problem(yaml), HasSubstr("a.yaml")) << yaml;
  }
  EXPECT_EQ(steps_, 10);
}

TEST_F(SettingTableTest, RefusesUnknownAndRepeatedKeys) {
  EXPECT_EQ(Problem("run:\n  step: 1\n"), "a.yaml:2: unknown key run.step; run has steps, seed, device");
  EXPECT_EQ(Problem("runs:\n  step: 1\n"), "a.yaml:2: unknown section runs; there are run, method");
  EXPECT_THAT(Problem("run:\n  steps: 1\n  steps: 2\n"), HasSubstr("a.yaml:3: run.steps comes twice"));
  EXPECT_THAT(Problem("run: {steps: 1}\nrun: {seed: 2}\n"), HasSubstr("a.yaml:2: section run comes twice"));
}

TEST_F(SettingTableTest, RefusesWhatIsNotYaml) {
  EXPECT_THAT(Problem("run:\n  steps: [1\n"), HasSubstr("a.yaml:"));
  EXPECT_THAT(Problem(std::string(100'000, '[')), HasSubstr("a.yaml"));
}

TEST_F(SettingTableTest, TakesAssignments) {
  EXPECT_TRUE(table_.Set("run.steps=30").ok());
  EXPECT_TRUE(table_.Set("run.device=a: b # c=d").ok());
  EXPECT_TRUE(table_.Set("method.words=[x, y]").ok());
  EXPECT_EQ(steps_, 30);
  EXPECT_EQ(device_, "a: b # c=d");
  EXPECT_THAT(words_, ElementsAre("x", "y"));

  EXPECT_EQ(table_.Set("run.steps=0").message(),
            "--set run.steps=0: run.steps is \"0\"; it must be an integer from 1 to 1000");
  EXPECT_THAT(std::string(table_.Set("steps").message()), HasSubstr("expected section.key=value"));
  EXPECT_THAT(std::string(table_.Set("run.x=1").message()), HasSubstr("unknown key run.x"));
  EXPECT_FALSE(table_.Set("method.words=[x").ok());
}

TEST_F(SettingTableTest, WritesWhatItReads) {
  device_ = "quote \" colon: hash # end";
  rate_ = 1.0 / 3;
  words_ = {"a, b", ""};
  parts_ = {"attn"};
  const std::string yaml = table_.ToYaml();
  const auto identity = table_.Identity();
  device_.clear();
  rate_ = 0;
  words_.clear();
  parts_.reset();
  ASSERT_TRUE(table_.Read(yaml, "written").ok()) << yaml;
  EXPECT_EQ(device_, "quote \" colon: hash # end");
  EXPECT_EQ(rate_, 1.0 / 3);
  EXPECT_THAT(words_, ElementsAre("a, b", ""));
  EXPECT_EQ(table_.ToYaml(), yaml);
  EXPECT_EQ(table_.Identity(), identity);
  EXPECT_EQ(identity.count("run.device"), 0u);
  EXPECT_EQ(identity.at("run.steps"), "10");
}

}  // namespace
}  // namespace pixelclip
