#ifndef PIXELCLIP_CORE_TEXT_BYTE_PAIR_ENCODER_H_
#define PIXELCLIP_CORE_TEXT_BYTE_PAIR_ENCODER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace pixelclip {

// Byte-pair encoding over UTF-8 bytes (Sennrich et al. 2016, as in GPT-2 and CLIP). A symbol's id is its
// place in the vocabulary: 256 bytes, the same 256 at the end of a word, then one for each merge in order of
// priority. Immutable; may be used from any thread.
class BytePairEncoder {
 public:
  // `merges` is text: a line of comment, then one merge a line, the two symbols separated by a space, bytes
  // written in GPT-2's printable alphabet; the first `max_merges` are used. DATA_LOSS if there are fewer, or
  // if a line names a symbol that no line before it makes, or makes one that is there already.
  static absl::StatusOr<BytePairEncoder> Parse(std::string_view merges, int max_merges);

  // Appends the ids of one word: merges the pair of best priority wherever it occurs until none is left.
  // O(n log n) in the word's bytes. An empty word has no ids.
  void Encode(std::string_view word, std::vector<int32_t>* ids) const;

 private:
  BytePairEncoder() = default;

  // Two neighbouring ids -> the id of their merge; a smaller one has priority.
  absl::flat_hash_map<uint64_t, int32_t> merges_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_BYTE_PAIR_ENCODER_H_
