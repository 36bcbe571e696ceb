#include "core/text/byte_pair_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Ids of the letters: their places in the printable alphabet, which starts at "!"; 256 more at a word's end.
constexpr int32_t kA = 'a' - '!';
constexpr int32_t kB = 'b' - '!';
constexpr int32_t kEnd = 256;
constexpr int32_t kMerge = 512;

std::vector<int32_t> Encode(const std::string& merges, int num_merges, const std::string& word) {
  const absl::StatusOr<BytePairEncoder> encoder = BytePairEncoder::Parse(merges, num_merges);
  EXPECT_TRUE(encoder.ok()) << encoder.status();
  std::vector<int32_t> ids;
  encoder->Encode(word, &ids);
  return ids;
}

TEST(BytePairEncoderTest, NumbersBytesInThePublishedOrder) {
  EXPECT_THAT(Encode("#version\n", 0, "!"), ElementsAre(0 + kEnd));
  EXPECT_THAT(Encode("#version\n", 0, "ab"), ElementsAre(kA, kB + kEnd));
  EXPECT_THAT(Encode("#version\n", 0, "\xA1"), ElementsAre(94 + kEnd));
  EXPECT_THAT(Encode("#version\n", 0, "\xFF"), ElementsAre(187 + kEnd));
  EXPECT_THAT(Encode("#version\n", 0, std::string(1, '\0')), ElementsAre(188 + kEnd));
  EXPECT_THAT(Encode("#version\n", 0, "\xAD"), ElementsAre(255 + kEnd));
}

TEST(BytePairEncoderTest, MergesByPriorityNotByPlace) {
  const std::string merges = "#version\nb a\na b\n";
  EXPECT_THAT(Encode(merges, 2, "abab"), ElementsAre(kA, kMerge, kB + kEnd));
}

TEST(BytePairEncoderTest, MergesOverlappingPairsFromTheLeft) {
  const std::string merges = "#version\na a\n";
  EXPECT_THAT(Encode(merges, 1, "aaaab"), ElementsAre(kMerge, kMerge, kB + kEnd));
  EXPECT_THAT(Encode(merges, 1, "aaab"), ElementsAre(kMerge, kA, kB + kEnd));
}

TEST(BytePairEncoderTest, MergesWhatMergesMade) {
  EXPECT_THAT(Encode("#version\na b\nab a\nab ab\n", 3, "ababab!"),
              ElementsAre(kMerge + 2, kMerge, 0 + kEnd));
}

TEST(BytePairEncoderTest, TellsAWordsEndFromItsMiddle) {
  const std::string merges = "#version\na b</w>\n";
  EXPECT_THAT(Encode(merges, 1, "abab"), ElementsAre(kA, kB, kMerge));
}

TEST(BytePairEncoderTest, EmptyWordHasNoIds) { EXPECT_THAT(Encode("#version\n", 0, ""), IsEmpty()); }

TEST(BytePairEncoderTest, RefusesDamagedMerges) {
  const absl::Status unknown = BytePairEncoder::Parse("#version\na b\nabc d\n", 2).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("merge 2 of 2 is \"abc d\""));
  EXPECT_EQ(BytePairEncoder::Parse("#version\na b\na b\n", 2).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(BytePairEncoder::Parse("#version\na b\n", 2).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(BytePairEncoder::Parse("", 1).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace pixelclip
