#ifndef PIXELCLIP_TRAINER_MASKS_DISJOINT_SETS_H_
#define PIXELCLIP_TRAINER_MASKS_DISJOINT_SETS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pixelclip {

// A partition of 0 .. count - 1 into sets that can only be united, each known by one of its members. For one
// thread.
class DisjointSets {
 public:
  // Every number is a set of its own. REQUIRES: count < 2^31.
  explicit DisjointSets(size_t count);

  // The member by which the set of `number` is known until it is united with another.
  int32_t Find(int32_t number);

  // Unites two different sets, given by those members; returns the one by which the union is known.
  int32_t Unite(int32_t a, int32_t b);

  // How many numbers are in the set that is known by `root`.
  int32_t Size(int32_t root) const { return sizes_[root]; }

 private:
  std::vector<int32_t> parents_;
  std::vector<int32_t> sizes_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_DISJOINT_SETS_H_
