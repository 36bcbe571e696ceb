#include "core/tiled_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#include "core/field_error.h"
#include "core/label_pixels.h"

namespace pixelclip {
namespace {

EmbeddedVocabulary ThreeClasses() { return {{"cat", "dog", "sky"}, std::nullopt, {}}; }

ScoreGrid RandomGrid(int side, int candidates, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> cosine(-0.2f, 0.4f);
  ScoreGrid grid{side, side, candidates, std::vector<float>(size_t{1} * side * side * candidates)};
  for (float& value : grid.values) value = cosine(random);
  return grid;
}

// A picture that has been cut up and scored.
struct ScoredTiles {
  ScoredTiles(int picture_width, int picture_height, const TilingOptions& options, int candidates)
      : width(picture_width), height(picture_height), tiles(*PlanTiles(width, height, options)) {
    for (size_t i = 0; i < tiles.size(); ++i)
      grids.push_back(RandomGrid(9, candidates, static_cast<unsigned>(i)));
  }

  int width, height;
  std::vector<Tile> tiles;
  std::vector<ScoreGrid> grids;  // by tile
};

Segmentation Assemble(const ScoredTiles& scored, const EmbeddedVocabulary& vocabulary,
                      const ClassifyOptions& options) {
  const auto labels = TiledLabels::Create(scored.width, scored.height, vocabulary, options);
  EXPECT_TRUE(labels.ok()) << labels.status();
  for (size_t i = 0; i < scored.tiles.size(); ++i) (*labels)->AddTile(scored.tiles[i], scored.grids[i]);
  return (*labels)->Finish();
}

void ExpectSame(const Segmentation& a, const Segmentation& b) {
  EXPECT_EQ(a.labels.width, b.labels.width);
  EXPECT_EQ(a.labels.height, b.labels.height);
  EXPECT_EQ(a.labels.labels, b.labels.labels);
  ASSERT_EQ(a.classes.size(), b.classes.size());
  for (size_t i = 0; i < a.classes.size(); ++i) {
    const ClassSummary &one = a.classes[i], &other = b.classes[i];
    EXPECT_EQ(one.name, other.name);
    EXPECT_EQ(one.label, other.label);
    EXPECT_EQ(one.is_background, other.is_background);
    EXPECT_EQ(one.pixels, other.pixels);
    EXPECT_EQ(one.share, other.share);
    EXPECT_NEAR(one.mean_score, other.mean_score, 1e-7);
    EXPECT_EQ(one.box.x, other.box.x);
    EXPECT_EQ(one.box.y, other.box.y);
    EXPECT_EQ(one.box.width, other.box.width);
    EXPECT_EQ(one.box.height, other.box.height);
  }
}

void ExpectSame(const ScoreMap& a, const ScoreMap& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.min_score, b.min_score);
  EXPECT_EQ(a.max_score, b.max_score);
  EXPECT_EQ(a.values.pixels, b.values.pixels);
}

TEST(TiledLabels, OneTileIsTheWholePicture) {
  EmbeddedVocabulary vocabulary = ThreeClasses();
  vocabulary.background = Background{"none", {"wall", "floor"}, 0.2f};
  const ClassifyOptions options = {true, {"sky", "cat"}};
  const ScoredTiles scored(150, 90, {640, 0}, 5);
  ASSERT_EQ(scored.tiles.size(), 1u);
  const Segmentation tiled = Assemble(scored, vocabulary, options);
  const auto whole = LabelPicture(scored.grids[0], vocabulary, 150, 90, options);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ExpectSame(tiled, *whole);
  ExpectSame(*tiled.best_scores, *whole->best_scores);
  ASSERT_EQ(tiled.score_maps.size(), 2u);
  for (int i = 0; i < 2; ++i) ExpectSame(tiled.score_maps[i], whole->score_maps[i]);
}

TEST(TiledLabels, EachPixelIsLabelledByTheTileWhoseCoreItIsIn) {
  const ScoredTiles scored(300, 170, {64, 20}, 3);
  ASSERT_GT(scored.tiles.size(), 15u);
  const Segmentation result = Assemble(scored, ThreeClasses(), {});
  for (size_t i = 0; i < scored.tiles.size(); ++i) {
    const auto& [window, core] = scored.tiles[i];
    const PixelLabels alone = LabelPixels(scored.grids[i], window.width, window.height);
    for (int y = core.y; y < core.y + core.height; ++y) {
      for (int x = core.x; x < core.x + core.width; ++x) {
        ASSERT_EQ(result.labels.labels[y * 300 + x],
                  alone.labels.labels[(y - window.y) * window.width + x - window.x])
            << "pixel " << x << ", " << y << " of tile " << i;
      }
    }
  }
}

TEST(TiledLabels, SeamsOfEqualTilesDoNotShow) {
  ScoredTiles scored(300, 300, {64, 20}, 3);
  for (ScoreGrid& grid : scored.grids) grid = {1, 1, 3, {0.1f, 0.3f, 0.2f}};
  const Segmentation result = Assemble(scored, ThreeClasses(), {true, {}});
  EXPECT_EQ(result.labels.labels, std::vector<uint16_t>(300 * 300, 1));
  EXPECT_EQ(result.classes[1].pixels, 300 * 300);
  EXPECT_EQ(result.classes[1].share, 1);
  EXPECT_NEAR(result.classes[1].mean_score, 0.3, 1e-7);
  EXPECT_EQ(result.classes[1].box.width, 300);
  EXPECT_EQ(result.classes[1].box.height, 300);
  EXPECT_EQ(result.best_scores->values.pixels, std::vector<uint8_t>(300 * 300, 0));
  EXPECT_EQ(result.best_scores->min_score, result.best_scores->max_score);
}

TEST(TiledLabels, NeitherOrderNorThreadsMatter) {
  const ScoredTiles scored(400, 300, {64, 32}, 4);
  EmbeddedVocabulary vocabulary = ThreeClasses();
  vocabulary.background = Background{"none", {"wall"}, 0.1f};
  const ClassifyOptions options = {true, {"dog"}};
  const Segmentation in_order = Assemble(scored, vocabulary, options);

  const auto labels = TiledLabels::Create(400, 300, vocabulary, options);
  ASSERT_TRUE(labels.ok()) << labels.status();
  std::atomic<size_t> added = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = added++; i < scored.tiles.size(); i = added++) {
        const size_t tile = scored.tiles.size() - 1 - i;
        (*labels)->AddTile(scored.tiles[tile], scored.grids[tile]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Segmentation shuffled = (*labels)->Finish();
  ExpectSame(shuffled, in_order);
  for (size_t i = 0; i < in_order.classes.size(); ++i) {
    EXPECT_EQ(shuffled.classes[i].mean_score, in_order.classes[i].mean_score) << "to the last bit";
  }
  ExpectSame(*shuffled.best_scores, *in_order.best_scores);
  ExpectSame(shuffled.score_maps[0], in_order.score_maps[0]);
}

TEST(TiledLabels, ScoreMapsShareOneRange) {
  ScoredTiles scored(200, 100, {64, 16}, 3);
  // From tile to tile other scores, so that every tile has a range of its own.
  for (size_t i = 0; i < scored.grids.size(); ++i) {
    for (float& value : scored.grids[i].values) value = value / 4 + 0.02f * static_cast<float>(i);
  }
  const Segmentation result = Assemble(scored, ThreeClasses(), {true, {"dog"}});
  const auto expect = [&](const ScoreMap& map, const auto& scores_of) {
    const float step = (map.max_score - map.min_score) / 255;
    float lowest = 2, highest = -2;
    for (size_t i = 0; i < scored.tiles.size(); ++i) {
      const auto& [window, core] = scored.tiles[i];
      const std::vector<float> scores = scores_of(scored.grids[i], window);
      for (int y = core.y; y < core.y + core.height; ++y) {
        for (int x = core.x; x < core.x + core.width; ++x) {
          const float score = scores[(y - window.y) * window.width + x - window.x];
          ASSERT_NEAR(map.min_score + step * map.values.pixels[y * 200 + x], score, 1.01f * step);
          lowest = std::min(lowest, score);
          highest = std::max(highest, score);
        }
      }
    }
    EXPECT_EQ(map.min_score, lowest);
    EXPECT_EQ(map.max_score, highest);
    EXPECT_THAT(map.values.pixels, testing::IsSupersetOf({0, 255}));
  };
  expect(*result.best_scores, [](const ScoreGrid& grid, const Box& window) {
    return LabelPixels(grid, window.width, window.height).scores;
  });
  expect(result.score_maps[0], [](const ScoreGrid& grid, const Box& window) {
    return UpsampleScores(grid, 1, window.width, window.height);
  });
}

TEST(TiledLabels, SurvivesScoresThatAreNotNumbers) {
  ScoredTiles scored(100, 70, {64, 16}, 3);
  for (ScoreGrid& grid : scored.grids) std::fill(grid.values.begin(), grid.values.end(), std::nanf(""));
  EXPECT_EQ(Assemble(scored, ThreeClasses(), {true, {"dog"}}).labels.labels.size(), 7000u);
}

TEST(TiledLabels, RefusesTheMapOfAnUnknownClass) {
  const auto labels = TiledLabels::Create(10, 10, ThreeClasses(), {false, {"dog", "unicorn"}});
  EXPECT_EQ(FieldOf(labels.status()), "outputs.score_maps[1]");
}

}  // namespace
}  // namespace pixelclip
