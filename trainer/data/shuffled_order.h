#ifndef PIXELCLIP_TRAINER_DATA_SHUFFLED_ORDER_H_
#define PIXELCLIP_TRAINER_DATA_SHUFFLED_ORDER_H_

#include <cstddef>
#include <cstdint>

namespace pixelclip {

// An endless order of the numbers 0 .. size - 1: epoch after epoch, each of them a shuffle that holds every
// number once. Any place can be asked for directly, and nothing is stored: an epoch's shuffle is a keyed
// permutation (a Feistel network over the next power of four, walked until it falls below `size`).
class ShuffledOrder {
 public:
  // REQUIRES: 1 <= size <= 2^62.
  ShuffledOrder(uint64_t seed, size_t size);

  // REQUIRES: position >= 0.
  size_t operator[](int64_t position) const;

 private:
  uint64_t seed_;
  uint64_t size_;
  int half_bits_;  // the network permutes numbers of 2 * half_bits_ bits
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_SHUFFLED_ORDER_H_
