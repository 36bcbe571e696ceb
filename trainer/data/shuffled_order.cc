#include "trainer/data/shuffled_order.h"

#include "trainer/data/random.h"

namespace pixelclip {
namespace {

constexpr int kRounds = 6;  // four already look random; small sizes profit from more

}  // namespace

ShuffledOrder::ShuffledOrder(uint64_t seed, size_t size) : seed_(seed), size_(size), half_bits_(1) {
  while ((uint64_t{1} << (2 * half_bits_)) < size_) ++half_bits_;
}

size_t ShuffledOrder::operator[](int64_t position) const {
  const uint64_t epoch = static_cast<uint64_t>(position) / size_;
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t number = static_cast<uint64_t>(position) % size_;
  do {
    Random keys(seed_, epoch);
    uint64_t left = number >> half_bits_;
    uint64_t right = number & mask;
    for (int round = 0; round < kRounds; ++round) {
      const uint64_t mixed = left ^ (MixBits(keys.Bits() ^ right) & mask);
      left = right;
      right = mixed;
    }
    number = left << half_bits_ | right;
  } while (number >= size_);  // ends: the permutation's cycle leads back below size_
  return number;
}

}  // namespace pixelclip
