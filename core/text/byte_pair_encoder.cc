#include "core/text/byte_pair_encoder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

constexpr int32_t kNumBytes = 256;
constexpr int32_t kFirstMerge = 2 * kNumBytes;
constexpr char kEndOfWord[] = "</w>";

uint64_t PairKey(int32_t left, int32_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

// GPT-2 writes a byte that is a printable Latin-1 character as that character; these come first in the
// vocabulary. The others follow, written as U+0100 and on.
bool IsPrintable(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteAlphabet {
  std::array<int32_t, kNumBytes> ids;
  std::array<std::string, kNumBytes> letters;
};

const ByteAlphabet& Alphabet() {
  static const auto* alphabet = [] {
    auto* result = new ByteAlphabet();
    int32_t id = 0;
    char32_t next_letter = 0x100;
    for (const bool printable : {true, false}) {
      for (int byte = 0; byte < kNumBytes; ++byte) {
        if (IsPrintable(byte) != printable) continue;
        const char32_t letter = printable ? byte : next_letter++;
        result->letters[byte] = EncodeUtf8({&letter, 1});
        result->ids[byte] = id++;
      }
    }
    return result;
  }();
  return *alphabet;
}

// Takes the text up to `end` from the front of `rest`, and `end` with it.
std::string_view TakeUntil(char end, std::string_view* rest) {
  const size_t length = std::min(rest->find(end), rest->size());
  const std::string_view taken = rest->substr(0, length);
  rest->remove_prefix(std::min(length + 1, rest->size()));
  return taken;
}

// A possible merge of the symbol at `left` with its right neighbour, as it stood when it was found.
struct Candidate {
  int32_t merged;
  int32_t left;
  int32_t left_id;
  int32_t right_id;

  // Best priority first, then the leftmost.
  bool operator>(const Candidate& other) const {
    return std::pair(merged, left) > std::pair(other.merged, other.left);
  }
};

}  // namespace

absl::StatusOr<BytePairEncoder> BytePairEncoder::Parse(std::string_view merges, int max_merges) {
  absl::flat_hash_map<std::string, int32_t> ids;
  for (int byte = 0; byte < kNumBytes; ++byte) {
    const int32_t id = Alphabet().ids[byte];
    ids[Alphabet().letters[byte]] = id;
    ids[Alphabet().letters[byte] + kEndOfWord] = kNumBytes + id;
  }

  BytePairEncoder encoder;
  encoder.merges_.reserve(max_merges);
  TakeUntil('\n', &merges);
  for (int32_t i = 0; i < max_merges; ++i) {
    std::string_view line = TakeUntil('\n', &merges);
    const std::string left(TakeUntil(' ', &line));
    const std::string right(line);
    const auto left_id = ids.find(left);
    const auto right_id = ids.find(right);
    const bool symbols_known = left_id != ids.end() && right_id != ids.end();
    if (!symbols_known || ids.contains(left + right)) {
      return absl::DataLossError(absl::StrCat("byte-pair merge ", i + 1, " of ", max_merges, " is \"", left,
                                              " ", right,
                                              "\"; expected two known symbols that make a new one"));
    }
    encoder.merges_[PairKey(left_id->second, right_id->second)] = kFirstMerge + i;
    ids[left + right] = kFirstMerge + i;
  }
  return encoder;
}

void BytePairEncoder::Encode(std::string_view word, std::vector<int32_t>* ids) const {
  if (word.empty()) return;
  // The symbols form a list over the word's bytes; a merge keeps the left one and unlinks the right one.
  struct Symbol {
    int32_t id;
    int32_t previous;
    int32_t next;
  };
  constexpr int32_t kGone = -1;
  const auto size = static_cast<int32_t>(word.size());
  std::vector<Symbol> symbols(size);
  for (int32_t i = 0; i < size; ++i) {
    symbols[i] = {Alphabet().ids[static_cast<uint8_t>(word[i])], i - 1, i + 1};
  }
  symbols.back().id += kNumBytes;

  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto propose = [&](int32_t left) {
    if (left < 0 || symbols[left].next >= size) return;
    const int32_t left_id = symbols[left].id;
    const int32_t right_id = symbols[symbols[left].next].id;
    const auto found = merges_.find(PairKey(left_id, right_id));
    if (found != merges_.end()) queue.push({found->second, left, left_id, right_id});
  };
  for (int32_t i = 0; i + 1 < size; ++i) propose(i);

  // A symbol is made by one merge only, which comes after those of its parts. So no new candidate overtakes
  // the present ones, and this is the published order: all occurrences of a pair, then the next pair.
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbols[best.left];
    if (left.id != best.left_id || left.next >= size) continue;
    Symbol& right = symbols[left.next];
    if (right.id != best.right_id) continue;
    left.id = best.merged;
    right.id = kGone;
    left.next = right.next;
    if (left.next < size) symbols[left.next].previous = best.left;
    propose(left.previous);
    propose(best.left);
  }
  for (int32_t i = 0; i < size; i = symbols[i].next) ids->push_back(symbols[i].id);
}

}  // namespace pixelclip
