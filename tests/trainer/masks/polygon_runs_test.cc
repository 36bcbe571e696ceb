#include "trainer/masks/polygon_runs.h"

#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using Polygons = std::vector<std::vector<float>>;

std::string Draw(const Polygons& polygons, int width, int height) {
  const auto runs = RunsFromPolygons(polygons, width, height);
  if (!runs.ok()) return std::string(runs.status().message());
  std::string rows(static_cast<size_t>(width + 1) * height, '.');
  for (int y = 0; y < height; ++y) rows[static_cast<size_t>(y) * (width + 1) + width] = '/';
  for (const PixelRun& run : *runs) {
    for (uint32_t i = run.begin; i < run.end; ++i) rows[i % height * (width + 1) + i / height] = '#';
  }
  return rows;
}

TEST(RunsFromPolygons, TakesPixelsWhoseCentresAreInside) {
  EXPECT_EQ(Draw({{1, 1, 3, 1, 3, 2, 1, 2}}, 4, 3), "..../.##./..../");
  EXPECT_EQ(Draw({{0.6f, 0.6f, 3.4f, 0.6f, 3.4f, 2.4f, 0.6f, 2.4f}}, 4, 3), "..../.##./..../");
  EXPECT_EQ(Draw({{0.4f, 0.4f, 3.6f, 0.4f, 3.6f, 2.6f, 0.4f, 2.6f}}, 4, 3), "####/####/####/");
  EXPECT_EQ(Draw({{0, 0, 4, 0, 0, 4}}, 4, 4), "###./##../#.../..../");
}

TEST(RunsFromPolygons, UnitesAndCutsOff) {
  EXPECT_EQ(Draw({{0, 0, 2, 0, 2, 2, 0, 2}, {1, 1, 3, 1, 3, 3, 1, 3}}, 4, 3), "##../###./.##./");
  EXPECT_EQ(Draw({{-9, -9, 2, -9, 2, 9, -9, 9}}, 4, 2), "##../##../");
  EXPECT_EQ(Draw({{9, 9, 12, 9, 12, 12}}, 2, 2), "../../");
  // A ring that crosses itself leaves what it surrounds twice.
  EXPECT_EQ(Draw({{0, 0, 4, 0, 4, 4, 0, 4, 0, 0, 1, 1, 3, 1, 3, 3, 1, 3, 1, 1}}, 4, 4),
            "####/#..#/#..#/####/");
}

TEST(RunsFromPolygons, RefusesNonsense) {
  EXPECT_EQ(Draw({{}, {1, 1}, {0, 0, 2, 2}}, 2, 2), "../../");  // points and lines cover nothing
  EXPECT_THAT(Draw({{0, 0, 1, 1, 2}}, 2, 2), HasSubstr("5 coordinates; must be even"));
  EXPECT_THAT(Draw({{0, 0, 1e9f, 1, 2, 2}}, 2, 2), HasSubstr("at most"));
  EXPECT_THAT(Draw({{0, 0, std::nanf(""), 1, 2, 2}}, 2, 2), HasSubstr("at most"));
  std::vector<float> zigzag;
  for (int i = 0; i < 2000; ++i) {
    for (const float coordinate : {0.f, 0.f, 60000.f, 1.f}) zigzag.push_back(coordinate);
  }
  EXPECT_THAT(Draw({zigzag}, 60000, 2), HasSubstr("cross more than"));
}

// Even-odd rule along the row through the pixel's centre.
bool IsInside(const std::vector<float>& polygon, double x, double y) {
  bool inside = false;
  for (size_t i = 0; i < polygon.size(); i += 2) {
    const size_t next = (i + 2) % polygon.size();
    const double y0 = polygon[i + 1], y1 = polygon[next + 1];
    if ((y0 > y) == (y1 > y)) continue;
    const double crossing = polygon[i] + (y - y0) * (polygon[next] - polygon[i]) / (y1 - y0);
    if (x < crossing) inside = !inside;
  }
  return inside;
}

TEST(RunsFromPolygons, AgreesWithTheEvenOddRule) {
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    std::vector<float> polygon;
    for (int i = 0; i < 14; ++i) polygon.push_back(static_cast<float>(random() % 100000) / 3000 - 3);
    const auto runs = RunsFromPolygons({polygon}, 25, 25);
    ASSERT_TRUE(runs.ok()) << runs.status();
    std::vector<bool> mask(625);
    for (const PixelRun& run : *runs) {
      for (uint32_t i = run.begin; i < run.end; ++i) mask[i] = true;
    }
    for (int i = 0; i < 625; ++i) ASSERT_EQ(mask[i], IsInside(polygon, i / 25 + 0.5, i % 25 + 0.5)) << i;
  }
}

}  // namespace
}  // namespace pixelclip
