#include "trainer/figures/label_placement.h"

#include <gtest/gtest.h>

#include <random>

namespace pixelclip {
namespace {

TEST(PlaceLabels, ALonelyLabelStandsToTheRight) {
  const auto places = PlaceLabels({{50, 50, 30, 8}}, {}, {0, 0, 100, 100}, 40);
  ASSERT_TRUE(places[0]);
  EXPECT_DOUBLE_EQ(places[0]->x, 54);
  EXPECT_DOUBLE_EQ(places[0]->y, 46);
}

TEST(PlaceLabels, NothingOverlapsInACrowd) {
  std::mt19937_64 random(1);
  const auto number = [&random](int limit) { return static_cast<double>(random() % limit); };
  const Rect page{0, 0, 600, 400};
  std::vector<LabelRequest> requests;
  std::vector<Rect> obstacles;
  for (int i = 0; i < 120; ++i) {
    requests.push_back({200 + number(200), 100 + number(200), 20 + number(40), 9});
    obstacles.push_back({requests.back().x - 2, requests.back().y - 2, 4, 4});
  }
  const auto places = PlaceLabels(requests, obstacles, page, 200);
  int placed = 0;
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    ++placed;
    for (size_t j = 0; j < i; ++j)
      EXPECT_FALSE(places[j] && Overlap(*places[i], *places[j])) << i << " " << j;
    for (const Rect& obstacle : obstacles) EXPECT_FALSE(Overlap(*places[i], obstacle));
    EXPECT_GE(places[i]->x, 0);
    EXPECT_LE(places[i]->y + places[i]->height, 400);
  }
  EXPECT_GT(placed, 110);
}

TEST(PlaceLabels, WhatFindsNoRoomIsLeftOut) {
  const auto places = PlaceLabels({{50, 50, 90, 8}, {50, 50, 200, 8}}, {}, {0, 0, 100, 100}, 60);
  EXPECT_FALSE(places[1]);
}

}  // namespace
}  // namespace pixelclip
