#ifndef PIXELCLIP_TRAINER_EVALUATE_LABEL_TABLE_H_
#define PIXELCLIP_TRAINER_EVALUATE_LABEL_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/masks/label_png.h"

namespace pixelclip {

// What the values stored in a set's label files mean: a class, "does not count", or nothing at all. Copyable.
class LabelTable {
 public:
  // No value means anything yet.
  LabelTable();

  // REQUIRES: label < 65534.
  void Set(uint16_t stored, uint16_t label) { meanings_[stored] = label; }
  void Ignore(uint16_t stored);

  // The classes of all pixels, kIgnoredClass (confusion.h) for those that do not count. INVALID_ARGUMENT with
  // the place and the value of the first pixel whose value means nothing: the file belongs to another layout.
  absl::StatusOr<LabelMap> Apply(const ValueMap& stored) const;

 private:
  std::vector<uint16_t> meanings_;  // of all 65536 values
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_LABEL_TABLE_H_
