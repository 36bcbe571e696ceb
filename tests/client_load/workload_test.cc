#include "client/load/workload.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/load/synthetic_picture.h"
#include "core/image/decode.h"

namespace pixelclip {
namespace {

v1::Vocabulary Words(const std::vector<std::string>& words) {
  v1::Vocabulary vocabulary;
  for (const std::string& word : words) vocabulary.add_classes()->set_name(word);
  return vocabulary;
}

WorkloadOptions TwoPicturesThreeVocabularies() {
  WorkloadOptions options;
  options.pictures = {"picture 0", "picture 1"};
  options.vocabularies = {Words({"cat", "dog"}), Words({"sky"}), Words({"sea"})};
  return options;
}

TEST(WorkloadTest, PicturesAndVocabulariesTakeTurns) {
  WorkloadOptions options = TwoPicturesThreeVocabularies();
  options.common.set_model("mini");
  Workload workload(options);
  std::set<std::string> pairs;
  for (int i = 0; i < 6; ++i) {
    const v1::SegmentRequest& request = workload.Next();
    EXPECT_EQ(request.model(), "mini");
    pairs.insert(request.image().encoded() + request.vocabulary().classes(0).name());
  }
  EXPECT_EQ(pairs.size(), 6);
}

TEST(WorkloadTest, ZipfPrefersTheFirst) {
  WorkloadOptions options = TwoPicturesThreeVocabularies();
  options.choice = VocabularyChoice::kZipf;
  Workload workload(options);
  std::map<std::string, int> seen;
  for (int i = 0; i < 11000; ++i) ++seen[workload.Next().vocabulary().classes(0).name()];
  EXPECT_NEAR(seen["cat"], 6000, 300);
  EXPECT_NEAR(seen["sky"], 3000, 300);
  EXPECT_NEAR(seen["sea"], 2000, 300);
}

TEST(WorkloadTest, ColdWordsNeverComeTwice) {
  WorkloadOptions options = TwoPicturesThreeVocabularies();
  options.vocabulary_ids = {"a", "b", "c"};
  options.cold_share = 0.5;
  Workload one(options);
  Workload other(options);
  std::set<std::string> words;
  int cold_calls = 0;
  size_t cold_words = 0;
  for (int i = 0; i < 2000; ++i) {
    for (Workload* workload : {&one, &other}) {
      const v1::SegmentRequest& request = workload->Next();
      EXPECT_NE(request.has_vocabulary(), !request.vocabulary_id().empty());
      cold_calls += request.has_vocabulary() ? 1 : 0;
      cold_words += request.vocabulary().classes_size();
      for (const v1::VocabularyClass& entry : request.vocabulary().classes()) words.insert(entry.name());
    }
  }
  EXPECT_NEAR(cold_calls, 2000, 200);
  EXPECT_EQ(words.size(), cold_words);
}

TEST(SyntheticPictureTest, IsAJpegOfThatSize) {
  const auto jpeg = MakeSyntheticJpeg(321, 123);
  ASSERT_TRUE(jpeg.ok()) << jpeg.status();
  const auto image = DecodeImage(*jpeg);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 321);
  EXPECT_EQ(image->height, 123);
  EXPECT_EQ(*MakeSyntheticJpeg(321, 123), *jpeg);
  EXPECT_FALSE(MakeSyntheticJpeg(0, 123).ok());
  EXPECT_FALSE(MakeSyntheticJpeg(100, 1 << 20).ok());
}

}  // namespace
}  // namespace pixelclip
