#include "core/image/rle_counts.h"

namespace pixelclip {
namespace {

constexpr int kBitsPerCharacter = 5;
constexpr int kSignBit = 0x10;
constexpr int kMoreBit = 0x20;
constexpr int kCharacterBase = 48;
// Enough for differences of 32-bit run lengths.
constexpr int kMaxCharactersPerCount = 7;

}  // namespace

void RleCountsWriter::Append(int64_t length) {
  // The first three lengths are stored as they are.
  int64_t rest = runs_ > 2 ? length - previous_[runs_ % 2] : length;
  previous_[runs_++ % 2] = length;
  bool more = true;
  while (more) {
    int character = static_cast<int>(rest & 0x1F);
    rest >>= kBitsPerCharacter;
    more = character & kSignBit ? rest != -1 : rest != 0;
    if (more) character |= kMoreBit;
    counts_.push_back(static_cast<char>(character + kCharacterBase));
  }
}

int64_t RleCountsReader::Next() {
  int64_t length = 0;
  bool more = true;
  int shift = 0;
  while (more) {
    if (counts_.empty() || shift == kMaxCharactersPerCount * kBitsPerCharacter) return -1;
    const int character = counts_.front() - kCharacterBase;
    if (character < 0 || character > 63) return -1;
    counts_.remove_prefix(1);
    length |= int64_t{character & 0x1F} << shift;
    shift += kBitsPerCharacter;
    more = character & kMoreBit;
    if (!more && (character & kSignBit)) length -= int64_t{1} << shift;
  }
  if (runs_ > 2) length += previous_[runs_ % 2];
  if (length < 0 || length > UINT32_MAX) return -1;
  previous_[runs_++ % 2] = length;
  return length;
}

}  // namespace pixelclip
