#include "trainer/data/example_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/trainer/data/loader_testing.h"
#include "tests/trainer/data/puppet_source.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Names;
using testing::PuppetSource;
using ::testing::SizeIs;
using testing::SmallSettings;
using testing::Take;

std::unique_ptr<ExampleLoader> Open(const PuppetSource& source, const LoaderSettings& settings,
                                    LoaderPosition start = {}, ExampleLoader::OnBadPicture on_bad = nullptr) {
  return ExampleLoader::Make(&source, settings, std::move(start), std::move(on_bad)).value();
}

TEST(ExampleLoaderTest, ExamplesHaveTheirShapes) {
  const PuppetSource source(5);
  const auto examples = Take(*Open(source, SmallSettings(4)), 1);
  ASSERT_THAT(examples, SizeIs(4));
  for (const TrainingExample& example : examples) {
    EXPECT_EQ(example.crop_side, 16);
    EXPECT_THAT(example.weak, SizeIs(16 * 16 * 3));
    EXPECT_THAT(example.strong, SizeIs(16 * 16 * 3));
    EXPECT_EQ(example.masks.side, 8);
    EXPECT_THAT(example.masks.pixels, SizeIs(example.masks.count * 64));
  }
}

TEST(ExampleLoaderTest, EveryPictureComesOnceBeforeOneComesAgain) {
  const PuppetSource source(12);
  const auto loader = Open(source, SmallSettings(4));
  const std::vector<std::string> first = Names(Take(*loader, 3)), second = Names(Take(*loader, 3));
  EXPECT_THAT(std::set<std::string>(first.begin(), first.end()), SizeIs(12));
  EXPECT_THAT(std::set<std::string>(second.begin(), second.end()), SizeIs(12));
  EXPECT_NE(first, second);
}

TEST(ExampleLoaderTest, ThreadsAndPrefetchChangeNothing) {
  PuppetSource source(7);
  source.unreadable = {2};
  LoaderSettings settings = SmallSettings(4);
  settings.threads = settings.prefetch_batches = 1;
  const auto expected = Take(*Open(source, settings), 6);
  for (const int threads : {2, 5}) {
    for (const int prefetch : {1, 3}) {
      settings.threads = threads;
      settings.prefetch_batches = prefetch;
      EXPECT_EQ(Take(*Open(source, settings), 6), expected) << threads << " threads, prefetch " << prefetch;
    }
  }
}

TEST(ExampleLoaderTest, RanksTogetherSeeWhatOneRankSees) {
  PuppetSource source(13);
  source.unreadable = {1, 8};
  LoaderSettings settings = SmallSettings(6);
  const auto whole = Open(source, settings);
  for (const int world_size : {2, 3}) {
    const auto one_rank = Open(source, settings);
    std::vector<std::unique_ptr<ExampleLoader>> ranks;
    for (int rank = 0; rank < world_size; ++rank) {
      LoaderSettings share = settings;
      share.rank = rank;
      share.world_size = world_size;
      ranks.push_back(Open(source, share));
    }
    for (int step = 0; step < 5; ++step) {
      std::vector<TrainingExample> together;
      for (const auto& rank : ranks) {
        for (TrainingExample& example : Take(*rank, 1)) together.push_back(std::move(example));
      }
      EXPECT_EQ(together, Take(*one_rank, 1)) << "step " << step << " of " << world_size << " ranks";
    }
  }
}

TEST(ExampleLoaderTest, GoesOnWhereAnotherStopped) {
  PuppetSource source(9);
  source.unreadable = {3};
  source.without_masks = {5};
  const auto first = Open(source, SmallSettings(4));
  Take(*first, 5);
  const LoaderPosition position = first->position();
  EXPECT_EQ(position.step, 5);
  EXPECT_THAT(position.bad_pictures, ElementsAre(3));

  int reported = 0;
  const auto second =
      Open(source, SmallSettings(4), position, [&reported](const BadPicture&) { ++reported; });
  EXPECT_EQ(Take(*second, 4), Take(*first, 4));
  EXPECT_EQ(second->position().step, 9);
  EXPECT_EQ(second->position().without_masks, first->position().without_masks);
  EXPECT_EQ(reported, 0);  // it was known
}

TEST(ExampleLoaderTest, SeedsDiffer) {
  const PuppetSource source(20);
  LoaderSettings other = SmallSettings(8);
  other.seed = 12;
  EXPECT_NE(Names(Take(*Open(source, SmallSettings(8)), 1)), Names(Take(*Open(source, other), 1)));
}

TEST(ExampleLoaderTest, BadPicturesAreNamedOnceAndTheRestStays) {
  PuppetSource source(12);
  const auto expected = Take(*Open(source, SmallSettings(4)), 6);

  source.unreadable = {7};
  source.broken_masks = {2};
  std::vector<std::string> reported;
  const auto loader = Open(source, SmallSettings(4), {},
                           [&reported](const BadPicture& bad) { reported.push_back(bad.name); });
  const auto examples = Take(*loader, 6);
  ASSERT_THAT(examples, SizeIs(expected.size()));
  for (size_t i = 0; i < examples.size(); ++i) {
    const bool was_bad = expected[i].name == "picture 7" || expected[i].name == "picture 2";
    EXPECT_EQ(examples[i] == expected[i], !was_bad) << "example " << i;
  }
  EXPECT_THAT(reported, ::testing::UnorderedElementsAre("picture 7", "picture 2"));
  EXPECT_THAT(loader->position().bad_pictures, ElementsAre(2, 7));
}

TEST(ExampleLoaderTest, TooManyBadPicturesAreAnErrorThatNamesThem) {
  PuppetSource source(12);
  source.unreadable = {1, 4};
  source.broken_masks = {9};
  LoaderSettings settings = SmallSettings(12);
  settings.max_bad = 2;
  const auto loader = Open(source, settings);
  const absl::Status status = loader->NextBatch().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("3 of 12 pictures could not be read and max_bad_pictures allows 2"),
                    HasSubstr(" picture 1 is missing"), HasSubstr(" picture 4 is missing"),
                    HasSubstr(" picture 9: annotations[3]: its runs are broken")));
  EXPECT_EQ(loader->position().step, 0);
  EXPECT_THAT(loader->position().bad_pictures, IsEmpty());
  EXPECT_EQ(loader->NextBatch().status(), status);
}

TEST(ExampleLoaderTest, BadPicturesOfAnEarlierRunCount) {
  PuppetSource source(12);
  source.unreadable = {1};
  LoaderSettings settings = SmallSettings(12);
  settings.max_bad = 1;
  const auto loader = Open(source, settings, {3, {5}, 0});
  EXPECT_THAT(std::string(loader->NextBatch().status().message()),
              AllOf(HasSubstr("picture 5: could not be read before"), HasSubstr("picture 1 is missing")));
}

TEST(ExampleLoaderTest, ASetWithoutReadablePicturesIsAnErrorWhateverTheLimit) {
  PuppetSource source(3);
  source.unreadable = {0, 1, 2};
  EXPECT_THAT(std::string(Open(source, SmallSettings(2))->NextBatch().status().message()),
              HasSubstr("3 of 3 pictures could not be read and max_bad_pictures allows 100"));
}

TEST(ExampleLoaderTest, PicturesWithoutMasksStayAndAreCounted) {
  PuppetSource source(6);
  source.without_masks = {0, 3};
  const auto loader = Open(source, SmallSettings(6));
  int empty = 0;
  for (const TrainingExample& example : Take(*loader, 2)) empty += example.masks.count == 0 ? 1 : 0;
  EXPECT_EQ(empty, 4);
  EXPECT_EQ(loader->position().without_masks, 4);
}

TEST(ExampleLoaderTest, SettingsOutOfTheirLimitsAreNamed) {
  const PuppetSource source(3);
  const auto message = [&source](auto change, LoaderPosition start = {}) {
    LoaderSettings settings = SmallSettings(6);
    change(settings);
    return std::string(ExampleLoader::Make(&source, settings, std::move(start)).status().message());
  };
  const auto nothing = [](LoaderSettings&) {};
  EXPECT_EQ(message([](auto& s) { s.global_batch = 0; }), "global_batch: 0 is not from 1 to 1048576");
  EXPECT_EQ(message([](auto& s) { s.world_size = 4; }), "global_batch: 6 is no multiple of the 4 ranks");
  EXPECT_EQ(message([](auto& s) { s.rank = 1; }), "rank: 1 is not from 0 to 0");
  EXPECT_THAT(message([](auto& s) { s.mask_side = 0; }), HasSubstr("mask_side: 0"));
  EXPECT_THAT(message([](auto& s) { s.threads = 0; }), HasSubstr("threads: 0"));
  EXPECT_THAT(message([](auto& s) { s.prefetch_batches = 0; }), HasSubstr("prefetch_batches: 0"));
  EXPECT_THAT(message([](auto& s) { s.max_bad = -1; }), HasSubstr("max_bad: -1"));
  EXPECT_THAT(message([](auto& s) { s.augmentation.crop_side = 0; }), HasSubstr("augmentation.crop_side: 0"));
  EXPECT_THAT(message(nothing, {-1, {}, 0}), HasSubstr("step: -1"));
  EXPECT_THAT(message(nothing, {0, {3}, 0}), HasSubstr("bad_pictures: picture 3"));
  EXPECT_EQ(ExampleLoader::Make(std::make_unique<PuppetSource>(0).get(), SmallSettings(6)).status().message(),
            "the mask source holds no pictures");
}

}  // namespace
}  // namespace pixelclip
