#include "trainer/evaluate/label_table.h"

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/confusion.h"

namespace pixelclip {
namespace {

constexpr uint16_t kMeaningless = kIgnoredClass - 1;

}  // namespace

LabelTable::LabelTable() : meanings_(size_t{1} << 16, kMeaningless) {}

void LabelTable::Ignore(uint16_t stored) { meanings_[stored] = kIgnoredClass; }

absl::StatusOr<LabelMap> LabelTable::Apply(const ValueMap& stored) const {
  LabelMap map{stored.width, stored.height, {}};
  map.labels.reserve(stored.values.size());
  for (const uint32_t value : stored.values) {
    const uint16_t meaning = value < meanings_.size() ? meanings_[value] : kMeaningless;
    if (meaning == kMeaningless) {
      const size_t place = map.labels.size();
      return absl::InvalidArgumentError(absl::StrCat("value ", value, " at x ", place % stored.width, ", y ",
                                                     place / stored.width,
                                                     " is neither a class of this set nor ignored"));
    }
    map.labels.push_back(meaning);
  }
  return map;
}

}  // namespace pixelclip
