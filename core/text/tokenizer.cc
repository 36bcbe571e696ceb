#include "core/text/tokenizer.h"

#include <zlib.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/clean_text.h"
#include "core/text/merges.h"
#include "core/text/unicode.h"
#include "core/text/word_split.h"

namespace pixelclip {
namespace {

// The published file holds more merges than the vocabulary has room for: 49,408 less twice 256 bytes and
// two special tokens.
constexpr int kNumMerges = Tokenizer::kVocabularySize - 2 * 256 - 2;

absl::StatusOr<std::string> Gunzip(std::string_view compressed) {
  z_stream stream = {};
  constexpr int kGzipOnly = 16;  // added to the window bits
  if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) return absl::InternalError("zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string result;
  int code = Z_OK;
  while (code == Z_OK) {
    char chunk[1 << 16];
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof(chunk);
    code = inflate(&stream, Z_NO_FLUSH);
    result.append(chunk, sizeof(chunk) - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return absl::DataLossError("the embedded byte-pair merges are damaged");
  return result;
}

absl::StatusOr<BytePairEncoder> LoadMerges() {
  const absl::StatusOr<std::string> merges = Gunzip(CompressedMerges());
  if (!merges.ok()) return merges.status();
  return BytePairEncoder::Parse(*merges, kNumMerges);
}

}  // namespace

const Tokenizer& Tokenizer::Clip() {
  // What is embedded in the binary was tested with it: a failure here is a broken build, and value() ends it.
  static const auto* tokenizer = new Tokenizer(LoadMerges().value());
  return *tokenizer;
}

Tokenizer::Tokenizer(BytePairEncoder encoder) : encoder_(std::move(encoder)) {}

std::vector<int32_t> Tokenizer::Encode(std::string_view text) const {
  const std::u32string clean = CleanText(text);
  std::vector<int32_t> ids;
  for (const std::u32string_view word : SplitWords(clean)) {
    if (word == kStartOfText) {
      ids.push_back(kStartToken);
    } else if (word == kEndOfText) {
      ids.push_back(kEndToken);
    } else {
      encoder_.Encode(EncodeUtf8(word), &ids);
    }
  }
  return ids;
}

}  // namespace pixelclip
