#include "trainer/method/method_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Problem(const std::function<void(MethodSettings&)>& change) {
  ModelConfig config;
  VitConfig vit;
  vit.patch_size = 16;
  config.vision = vit;
  MethodSettings settings;
  change(settings);
  const absl::Status status = CheckMethodSettings(settings, config);
  return std::string(status.message());
}

TEST(MethodSettingsTest, TheDefaultsAreFine) {
  EXPECT_EQ(Problem([](MethodSettings&) {}), "");
}

TEST(MethodSettingsTest, EveryComplaintNamesFieldValueAndLimit) {
  EXPECT_THAT(Problem([](auto& s) { s.clusters = 0; }),
              AllOf(HasSubstr("clusters"), HasSubstr("is 0"), HasSubstr("1 to")));
  EXPECT_THAT(Problem([](auto& s) { s.momentum = 1.5; }),
              AllOf(HasSubstr("momentum"), HasSubstr("1.5"), HasSubstr("0 to 1")));
  EXPECT_THAT(Problem([](auto& s) { s.drop_path = 1; }),
              AllOf(HasSubstr("drop_path"), HasSubstr("0 to 0.99")));
  EXPECT_THAT(Problem([](auto& s) { s.drop_path = 0.1; }), HasSubstr("only a ConvNeXt drops blocks"));
  EXPECT_THAT(Problem([](auto& s) { s.resolution = 15; }),
              AllOf(HasSubstr("resolution"), HasSubstr("16 to")));
  EXPECT_THAT(Problem([](auto& s) { s.prompt_length = 76; }),
              AllOf(HasSubstr("prompt_length"), HasSubstr("75")));
  EXPECT_THAT(Problem([](auto& s) { s.base_rate = std::nan(""); }), HasSubstr("base_rate"));
  EXPECT_THAT(Problem([](auto& s) { s.prompt_templates.clear(); }), HasSubstr("prompt_templates"));
  EXPECT_THAT(Problem([](auto& s) { s.prompt_words.assign(65, "dog"); }),
              AllOf(HasSubstr("prompt_words: has 65 names"), HasSubstr("64")));
  EXPECT_THAT(
      Problem([](auto& s) {
        s.prompt_words = {"dog", "a dog that has more words than that"};
      }),
      AllOf(HasSubstr("prompt_words[1]"), HasSubstr("8 tokens"), HasSubstr("1 to prompt_length = 4")));
  EXPECT_THAT(Problem([](auto& s) { s.prompt_words = {" "}; }), HasSubstr("0 tokens"));
}

TEST(MethodSettingsTest, PromptsAreNotCheckedWhereNobodyUsesThem) {
  EXPECT_EQ(Problem([](auto& s) {
              s.text_encoder = false;
              s.prompt_templates.clear();
            }),
            "");
}

TEST(MethodSettingsTest, TunesWhatThePaperTunes) {
  EXPECT_EQ(DefaultTunedParts(VitConfig()), (std::vector<std::string>{"attn", "position"}));
  EXPECT_EQ(DefaultTunedParts(EfficientNetConfig()), (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace pixelclip
