#include "core/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

nlohmann::json ReadJson(const std::string& name) {
  std::ifstream file(std::string(PIXELCLIP_TEST_DATA) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

void ExpectIds(const nlohmann::json& data) {
  for (const nlohmann::json& each : data.at("cases")) {
    const auto text = each.at("text").get<std::string>();
    EXPECT_EQ(Tokenizer::Clip().Encode(text), each.at("ids").get<std::vector<int32_t>>()) << each;
  }
}

TEST(TokenizerTest, GivesThePublishedIds) {
  const nlohmann::json data = ReadJson("tokenizer.json");
  EXPECT_THAT(data.at("cases"), SizeIs(299));
  ExpectIds(data);
  const nlohmann::json& too_long = data.at("too_long");
  EXPECT_EQ(Tokenizer::Clip().Encode(too_long.at("text").get<std::string>()),
            too_long.at("ids").get<std::vector<int32_t>>());
}

TEST(TokenizerTest, GivesTheIdsOfTheReferenceForRandomTexts) {
  const nlohmann::json data = ReadJson("tokenizer_random.json");
  EXPECT_THAT(data.at("cases"), SizeIs(500));
  ExpectIds(data);
}

TEST(TokenizerTest, SpecialTokensMayStandInTheText) {
  EXPECT_THAT(Tokenizer::Clip().Encode("<|startoftext|>dog<|ENDOFTEXT|>"),
              ElementsAre(Tokenizer::kStartToken, 1929, Tokenizer::kEndToken));
}

TEST(TokenizerTest, BlankTextHasNoIds) {
  EXPECT_THAT(Tokenizer::Clip().Encode(""), IsEmpty());
  EXPECT_THAT(Tokenizer::Clip().Encode(" \t\n\u00A0&nbsp;"), IsEmpty());
}

TEST(TokenizerTest, SurvivesEveryByteAndIllFormedUtf8) {
  std::string bytes;
  for (int byte = 255; byte >= 0; --byte) bytes.push_back(static_cast<char>(byte));
  EXPECT_FALSE(Tokenizer::Clip().Encode(bytes).empty());
  EXPECT_EQ(Tokenizer::Clip().Encode("a\xFFz"), Tokenizer::Clip().Encode("a\uFFFDz"));
}

// A quadratic merge would take minutes.
TEST(TokenizerTest, EncodesOneLongWord) {
  std::string word;
  while (word.size() < 1 << 18) word += "abracadabra";
  EXPECT_FALSE(Tokenizer::Clip().Encode(word).empty());
}

TEST(TokenizerTest, MayBeUsedFromManyThreads) {
  const std::vector<int32_t> expected = Tokenizer::Clip().Encode("ＣＡＦÃ‰ at night");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) EXPECT_EQ(Tokenizer::Clip().Encode("ＣＡＦÃ‰ at night"), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pixelclip
