#ifndef PIXELCLIP_CORE_TEXT_TOKENIZER_H_
#define PIXELCLIP_CORE_TEXT_TOKENIZER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/byte_pair_encoder.h"

namespace pixelclip {

// CLIP's tokenizer (Radford et al. 2021): text to the ids that its text encoder was trained with. A text is
// cleaned (clean_text.h), split into words (word_split.h) and each word's bytes are merged
// (byte_pair_encoder.h). What is a letter and what a number says the Unicode version of the linked ICU: 15 on
// Debian 12. Immutable; may be used from any thread.
class Tokenizer {
 public:
  static constexpr int32_t kStartToken = 49406;
  static constexpr int32_t kEndToken = 49407;
  static constexpr int kVocabularySize = 49408;
  static constexpr int kContextLength = 77;  // tokens that the text encoder reads, start and end among them

  // The one tokenizer of all CLIP models. The first call unpacks the embedded merges (tens of milliseconds).
  static const Tokenizer& Clip();

  // The ids of `text`, without start and end and not cut to the context length. "<|startoftext|>" and
  // "<|endoftext|>" in a text are the start and end tokens, as published. `text` is UTF-8; an ill-formed
  // sequence counts as U+FFFD. As to time see CleanText.
  std::vector<int32_t> Encode(std::string_view text) const;

 private:
  explicit Tokenizer(BytePairEncoder encoder);

  BytePairEncoder encoder_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_TOKENIZER_H_
