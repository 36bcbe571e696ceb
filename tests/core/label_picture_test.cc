#include "core/label_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/field_error.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(FindScoreMapClasses, FindsTheIndicesOfNames) {
  EXPECT_THAT(*FindScoreMapClasses({false, {"sky", "road, street", "sky"}}, {"road, street", "sky"}),
              ElementsAre(1, 0, 1));
  EXPECT_THAT(*FindScoreMapClasses({}, {}), IsEmpty());
}

TEST(FindScoreMapClasses, PointsAtANameThatIsNoClass) {
  const absl::Status status =
      FindScoreMapClasses({false, {"sky", "street"}}, {"road, street", "sky"}).status();
  EXPECT_EQ(FieldOf(status), "outputs.score_maps[1]");
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"street\" is not a name in vocabulary.classes"));
}

}  // namespace
}  // namespace pixelclip
