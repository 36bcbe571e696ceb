#ifndef PIXELCLIP_CORE_TEXT_MERGES_H_
#define PIXELCLIP_CORE_TEXT_MERGES_H_

#include <string_view>

extern "C" const char pixelclip_merges_begin[];
extern "C" const char pixelclip_merges_end[];

namespace pixelclip {

// core/text/data/bpe_simple_vocab_16e6.txt.gz, embedded in the binary: one merge a line in order of priority,
// after a line of comment. Source: OpenAI CLIP (MIT, see core/text/data/LICENSE).
inline std::string_view CompressedMerges() {
  return {pixelclip_merges_begin, static_cast<size_t>(pixelclip_merges_end - pixelclip_merges_begin)};
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_MERGES_H_
