#include "trainer/run/run_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

std::string Recipe(const std::string& name) { return std::string(PIXELCLIP_RECIPES) + "/" + name; }

RunSettings Load(const std::string& name) {
  const absl::StatusOr<LoadedSettings> loaded = LoadSettings(Recipe(name), {});
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? loaded->settings : RunSettings();
}

TEST(RunSettingsTest, EveryRecipeIsReadAndWhatIsWrittenIsReadAgain) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PIXELCLIP_RECIPES)) {
    SCOPED_TRACE(entry.path());
    const absl::StatusOr<LoadedSettings> loaded = LoadSettings(entry.path().string(), {});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const absl::StatusOr<LoadedSettings> again = ParseSettings(loaded->yaml, "written", {});
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->yaml, loaded->yaml);
    EXPECT_EQ(again->identity, loaded->identity);
    EXPECT_TRUE(CheckAugmentation(loaded->settings.augmentation).ok());
    ++recipes;
  }
  EXPECT_GE(recipes, 6);
}

// The defaults in code and the recipe must not drift apart.
TEST(RunSettingsTest, TheDefaultsAreThePublishedRecipe) {
  absl::StatusOr<LoadedSettings> recipe = LoadSettings(Recipe("vit_b16_sa1b.yaml"), {});
  absl::StatusOr<LoadedSettings> defaults = ParseSettings("", "defaults", {"data.origin=sa1b_tars"});
  ASSERT_TRUE(recipe.ok() && defaults.ok());
  EXPECT_EQ(defaults->identity.at("method.tuned_parts"), "published");
  EXPECT_EQ(recipe->identity.at("method.tuned_parts"), "[\"attn\", \"position\"]");
  for (auto* loaded : {&*recipe, &*defaults}) loaded->identity.erase("method.tuned_parts");
  EXPECT_EQ(recipe->identity, defaults->identity);
}

TEST(RunSettingsTest, PublishedRecipesDifferAsPublished) {
  EXPECT_EQ(Load("vit_b16_dino.yaml").data.origin, MaskOrigin::kDino);
  EXPECT_EQ(Load("vit_b16_dino.yaml").data.dino.clusters, 16);
  EXPECT_FALSE(Load("vit_b16_dino.yaml").augmentation.cut_masks);
  for (const char* name : {"convnext_b_sa1b.yaml", "convnext_b_dino.yaml"}) {
    const RunSettings settings = Load(name);
    EXPECT_EQ(settings.method.epsilon, 1);
    EXPECT_EQ(settings.method.resolution, 640);
    EXPECT_FALSE(settings.method.tuned_parts.has_value());
    EXPECT_EQ(settings.method.steps, 10000);
    EXPECT_EQ(settings.batch, 48);
  }
}

TEST(RunSettingsTest, OverridesGoOverTheRecipeInTheirOrder) {
  const absl::StatusOr<LoadedSettings> loaded =
      LoadSettings(Recipe("mini_labels.yaml"), {"run.steps=7", "run.steps=8", "data.pictures=p"});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->settings.method.steps, 8);
  EXPECT_EQ(loaded->settings.data.pictures, "p");
  EXPECT_EQ(loaded->identity.count("data.pictures"), 0u);  // data may move
}

TEST(RunSettingsTest, NamesWhatIsWrong) {
  EXPECT_EQ(LoadSettings("/nowhere/a.yaml", {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(LoadSettings("/nowhere/a.yaml", {}).status().message()),
              HasSubstr("/nowhere/a.yaml"));
  EXPECT_EQ(ParseSettings("method:\n  clusters: 0\n", "a.yaml", {}).status().message(),
            "a.yaml:2: method.clusters is \"0\"; it must be an integer from 1 to 4096");
}

}  // namespace
}  // namespace pixelclip
