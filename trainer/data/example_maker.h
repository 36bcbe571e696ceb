#ifndef PIXELCLIP_TRAINER_DATA_EXAMPLE_MAKER_H_
#define PIXELCLIP_TRAINER_DATA_EXAMPLE_MAKER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/data/augmentation.h"
#include "trainer/data/shuffled_order.h"
#include "trainer/data/training_example.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

// A picture that could not be read.
struct BadPicture {
  size_t index = 0;  // in the source
  std::string name;
  absl::Status why;
};

struct MadeExample {
  std::optional<TrainingExample> example;  // none if too many pictures were bad, or all
  std::vector<BadPicture> bad;             // those met on the way, no two the same
};

// Makes the examples of an endless shuffled order, each from its number alone. Immutable; any number of
// threads may ask at once.
class ExampleMaker {
 public:
  // `source` must outlive the maker. REQUIRES: a source that is not empty; checked settings.
  ExampleMaker(const MaskSource* source, const AugmentationSettings& augmentation, int mask_side,
               uint64_t seed, int max_bad);

  // The example at `index` >= 0 of the order. Bad pictures are replaced by those that follow in the order, up
  // to max_bad of them. Gives up early, without an example, once `stopping`.
  MadeExample Make(int64_t index, const std::atomic<bool>& stopping) const;

 private:
  absl::StatusOr<TrainingExample> FromPicture(size_t picture, int64_t index) const;

  const MaskSource* const source_;
  const AugmentationSettings augmentation_;
  const int mask_side_;
  const uint64_t seed_;
  const size_t max_bad_;
  const ShuffledOrder order_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_EXAMPLE_MAKER_H_
