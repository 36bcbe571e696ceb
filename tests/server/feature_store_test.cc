#include "server/feature_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/testing/fake_clock.h"

namespace pixelclip {
namespace {

using std::chrono::seconds;

std::shared_ptr<const PictureFeatures> Features(int values) {
  auto features = std::make_shared<PictureFeatures>();
  features->features.values.resize(values);
  return features;
}

TEST(FeatureStore, ForgetsWhatIsNotUsed) {
  testing::FakeClock clock;
  FeatureStore store(1 << 20, seconds(10), clock);
  const auto kept = Features(10);
  const std::string id = store.Keep(kept);
  EXPECT_EQ(id.size(), 32u);
  clock.Advance(9);
  EXPECT_EQ(store.Find(id), kept);
  clock.Advance(9);  // its time began anew
  EXPECT_EQ(store.Find(id), kept);
  clock.Advance(10);
  EXPECT_EQ(store.Find(id), nullptr);
  EXPECT_EQ(store.Find("never there"), nullptr);
}

TEST(FeatureStore, KeepsWithinItsBytes) {
  testing::FakeClock clock;
  FeatureStore store(10000, seconds(10), clock);
  EXPECT_EQ(store.Keep(Features(3000)), "");
  const std::string first = store.Keep(Features(1500));
  const std::string second = store.Keep(Features(1500));
  EXPECT_EQ(store.Find(first), nullptr);
  EXPECT_NE(store.Find(second), nullptr);
}

}  // namespace
}  // namespace pixelclip
