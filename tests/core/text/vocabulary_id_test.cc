#include "core/text/vocabulary_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pixelclip {
namespace {

Vocabulary Streets() {
  Vocabulary vocabulary;
  vocabulary.classes = {{"road, street", {"lane"}}, {"café", {}}};
  vocabulary.templates = {"a photo of a {}."};
  return vocabulary;
}

// Computed by another program from the description in the header.
TEST(VocabularyIdTest, IsWhatTheHeaderDescribes) {
  EXPECT_EQ(VocabularyId(Streets()), "060e0d4869e8efc4573766f678987023");
  EXPECT_EQ(VocabularyId({}), "717735fb47495de9b6661866e4fc14fb");
}

TEST(VocabularyIdTest, TellsApartWhereTextsBegin) {
  std::set<std::string> ids, keys;
  const auto add = [&](const Vocabulary& vocabulary) {
    ids.insert(VocabularyId(vocabulary));
    keys.insert(VocabularyKey(vocabulary));
  };
  add({{{"ab", {}}, {"c", {}}}, {}, {}});
  add({{{"a", {}}, {"bc", {}}}, {}, {}});
  add({{{"c", {}}, {"ab", {}}}, {}, {}});
  add({{{"ab", {"c"}}}, {}, {}});
  add({{{"ab", {}}}, {"c"}, {}});
  add({{{"abc", {}}}, {}, {}});
  add({{{"abc", {}}}, {}, {}, SynonymRule::kBest});
  add({{{"abc", {}}}, {"best"}, {}});
  add({{{std::string("ab\0c", 4), {}}}, {}, {}});
  EXPECT_EQ(ids.size(), 9u);
  EXPECT_EQ(keys.size(), 9u);
}

TEST(VocabularyIdTest, OnlyTheKeyKnowsTheBackground) {
  std::set<std::string> ids, keys;
  const auto add = [&](const std::optional<Background>& background) {
    Vocabulary vocabulary = Streets();
    vocabulary.background = background;
    ids.insert(VocabularyId(vocabulary));
    keys.insert(VocabularyKey(vocabulary));
  };
  add(std::nullopt);
  add(Background{});
  add(Background{"none", {}, {}});
  add(Background{"none", {"wall"}, {}});
  add(Background{"none", {"wall"}, 0.1f});
  add(Background{"none", {"wall"}, 0.2f});
  add(Background{"none", {"wall"}, 0.2f, 40.0f});
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(keys.size(), 7u);
}

}  // namespace
}  // namespace pixelclip
