#include "trainer/masks/disjoint_sets.h"

#include <numeric>
#include <utility>

namespace pixelclip {

DisjointSets::DisjointSets(size_t count) : parents_(count), sizes_(count, 1) {
  std::iota(parents_.begin(), parents_.end(), 0);
}

int32_t DisjointSets::Find(int32_t number) {
  while (parents_[number] != number) {
    parents_[number] = parents_[parents_[number]];
    number = parents_[number];
  }
  return number;
}

int32_t DisjointSets::Unite(int32_t a, int32_t b) {
  if (sizes_[a] < sizes_[b]) std::swap(a, b);
  parents_[b] = a;
  sizes_[a] += sizes_[b];
  return a;
}

}  // namespace pixelclip
