#ifndef PIXELCLIP_TRAINER_DATA_RANDOM_H_
#define PIXELCLIP_TRAINER_DATA_RANDOM_H_

#include <cstdint>

namespace pixelclip {

// SplitMix64's output function: a bijection after which every bit depends on every bit.
constexpr uint64_t MixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Random numbers that are the same on every machine, unlike those of the standard library's distributions. As
// cheap to begin as to go on, so that each example has one of its own.
class Random {
 public:
  // Different (seed, stream) give unrelated numbers.
  Random(uint64_t seed, uint64_t stream) : state_(MixBits(seed + kStep) ^ MixBits(stream ^ kStep)) {}

  uint64_t Bits() { return MixBits(state_ += kStep); }

  // In [low, high).
  double Uniform(double low, double high) { return low + (high - low) * ((Bits() >> 11) * 0x1p-53); }

  // One of low, low + 1, ..., high. REQUIRES: low <= high.
  int Integer(int low, int high) {
    const uint64_t count = static_cast<uint64_t>(int64_t{high} - low) + 1;
    return static_cast<int>(low + static_cast<int64_t>(((Bits() >> 32) * count) >> 32));
  }

  bool Chance(double probability) { return Uniform(0, 1) < probability; }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;

  uint64_t state_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_RANDOM_H_
