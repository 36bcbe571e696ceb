#include "core/tiling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "core/field_error.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

bool Contains(const Box& outer, const Box& inner) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

// How many cores each pixel lies in.
std::vector<int> CountCores(const std::vector<Tile>& tiles, int width, int height) {
  std::vector<int> counts(size_t{1} * width * height);
  for (const Tile& tile : tiles) {
    for (int y = tile.core.y; y < tile.core.y + tile.core.height; ++y) {
      for (int x = tile.core.x; x < tile.core.x + tile.core.width; ++x) ++counts[size_t{1} * y * width + x];
    }
  }
  return counts;
}

void ExpectGoodPlan(int width, int height, const TilingOptions& options) {
  SCOPED_TRACE(testing::Message() << width << "x" << height << ", tiles of " << options.tile_size
                                  << ", overlap " << options.overlap);
  const auto tiles = PlanTiles(width, height, options);
  ASSERT_TRUE(tiles.ok()) << tiles.status();
  const int size = static_cast<int>(options.tile_size);
  for (const Tile& tile : *tiles) {
    ASSERT_TRUE(Contains({0, 0, width, height}, tile.window));
    ASSERT_TRUE(Contains(tile.window, tile.core));
    ASSERT_GT(tile.core.width, 0);
    ASSERT_GT(tile.core.height, 0);
    ASSERT_EQ(tile.window.width, std::min(size, width));
    ASSERT_EQ(tile.window.height, std::min(size, height));
  }
  const std::vector<int> counts = CountCores(*tiles, width, height);
  ASSERT_TRUE(std::all_of(counts.begin(), counts.end(), [](int count) { return count == 1; }));
}

TEST(PlanTiles, PutsEveryPixelIntoOneCore) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const int tile = kMinTileSize + static_cast<int>(random() % 100);
    const int overlap = 1 + static_cast<int>(random() % (tile / 2));
    ExpectGoodPlan(1 + static_cast<int>(random() % 500), 1 + static_cast<int>(random() % 500),
                   {tile, overlap});
  }
}

TEST(PlanTiles, TakesExtremeShapes) {
  ExpectGoodPlan(1, 1, {64, 16});
  ExpectGoodPlan(1, 65500, {64, 32});
  ExpectGoodPlan(65500, 1, {64, 1});
  ExpectGoodPlan(65500, 64, {4096, 2048});
  ExpectGoodPlan(65, 64, {64, 32});
}

TEST(PlanTiles, ShiftsTheLastTileToTheBorder) {
  const auto tiles = PlanTiles(250, 50, {100, 20});
  ASSERT_TRUE(tiles.ok()) << tiles.status();
  ASSERT_EQ(tiles->size(), 3u);
  const auto expect = [&](size_t i, int window_x, int core_x, int core_width) {
    EXPECT_EQ((*tiles)[i].window.x, window_x);
    EXPECT_EQ((*tiles)[i].core.x, core_x);
    EXPECT_EQ((*tiles)[i].core.width, core_width);
  };
  expect(0, 0, 0, 90);
  expect(1, 80, 90, 75);  // its successor shares [150, 180)
  expect(2, 150, 165, 85);
}

TEST(PlanTiles, GoesRowByRow) {
  const auto tiles = PlanTiles(1280, 1280, {640, 160});
  ASSERT_TRUE(tiles.ok()) << tiles.status();
  ASSERT_EQ(tiles->size(), 9u);
  EXPECT_EQ((*tiles)[1].window.x, 480);
  EXPECT_EQ((*tiles)[1].window.y, 0);
  EXPECT_EQ((*tiles)[3].window.y, 480);
}

TEST(PlanTiles, HasDefaults) {
  const auto tiles = PlanTiles(2000, 700, {});
  ASSERT_TRUE(tiles.ok()) << tiles.status();
  EXPECT_EQ(tiles->front().window.width, 640);
  EXPECT_EQ((*tiles)[1].window.x, 480);
  const auto wide = PlanTiles(2000, 700, {1000, 0});
  ASSERT_TRUE(wide.ok()) << wide.status();
  EXPECT_EQ((*wide)[1].window.x, 750);
}

TEST(PlanTiles, NamesTheFieldTheLimitAndTheValue) {
  const auto error = [](int width, int height, const TilingOptions& options) {
    const absl::Status status = PlanTiles(width, height, options).status();
    return FieldOf(status) + " / " + std::string(status.message());
  };
  for (const int64_t size :
       {int64_t{-1}, int64_t{1}, int64_t{63}, int64_t{4097}, int64_t{UINT32_MAX}, INT64_MAX}) {
    const std::string message = error(100, 100, {size, 0});
    EXPECT_THAT(message, HasSubstr("tiling.tile_size / "));
    EXPECT_THAT(message, HasSubstr(std::to_string(size) + " pixels; must be 64 to 4096"));
  }
  for (const int64_t overlap : {int64_t{-1}, int64_t{33}, int64_t{UINT32_MAX}, INT64_MAX, INT64_MIN}) {
    const std::string message = error(100, 100, {65, overlap});
    EXPECT_THAT(message, HasSubstr("tiling.overlap / "));
    EXPECT_THAT(message, HasSubstr(std::to_string(overlap) + " pixels; must be 0 to 32"));
  }
  EXPECT_THAT(error(65500, 65500, {64, 32}),
              testing::AllOf(HasSubstr("tiling.tile_size / "), HasSubstr("4186116 tiles"),
                             HasSubstr("65500x65500"), HasSubstr("at most 4096 are")));
}

TEST(PlanTiles, AllowsExactlyTheMostTiles) {
  const int side = 64 + 63 * 32;  // 64 tiles
  EXPECT_EQ(PlanTiles(side, side, {64, 32})->size(), static_cast<size_t>(kMaxTiles));
  EXPECT_EQ(FieldOf(PlanTiles(side + 1, side, {64, 32}).status()), "tiling.tile_size");
}

TEST(CropTile, CopiesTheWindow) {
  Image picture{5, 4, {}};
  for (int i = 0; i < 5 * 4 * 3; ++i) picture.pixels.push_back(static_cast<uint8_t>(i));
  const Image crop = CropTile(picture, {{2, 1, 2, 3}, {}});
  EXPECT_EQ(crop.width, 2);
  EXPECT_EQ(crop.height, 3);
  EXPECT_THAT(crop.pixels,
              testing::ElementsAre(21, 22, 23, 24, 25, 26, 36, 37, 38, 39, 40, 41, 51, 52, 53, 54, 55, 56));
}

}  // namespace
}  // namespace pixelclip
