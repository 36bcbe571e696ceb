#include "core/text/vocabulary_id.h"

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"

namespace pixelclip {
namespace {

constexpr std::string_view kKind = "pixelclip.v1.Vocabulary";
constexpr size_t kIdDigits = 32;

// Lengths before everything make the encoding unambiguous.
class Encoder {
 public:
  void AddNumber(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(number >> shift));
  }

  void AddText(std::string_view text) {
    AddNumber(text.size());
    bytes_ += text;
  }

  void AddTexts(const std::vector<std::string>& texts) {
    AddNumber(texts.size());
    for (const std::string& text : texts) AddText(text);
  }

  void AddWords(const Vocabulary& vocabulary) {
    AddText(kKind);
    AddNumber(vocabulary.classes.size());
    for (const VocabularyClass& item : vocabulary.classes) {
      AddText(item.name);
      AddTexts(item.synonyms);
    }
    AddTexts(vocabulary.templates);
    if (vocabulary.synonym_rule == SynonymRule::kBest) AddText(SynonymRuleName(SynonymRule::kBest));
  }

  void AddBackground(const Background& background) {
    AddText(background.name);
    AddTexts(background.words);
    AddOptional(background.score_threshold);
    AddOptional(background.softmax_scale);
  }

  void AddOptional(const std::optional<float>& number) {
    AddNumber(number.has_value());
    if (!number) return;
    uint32_t bits;
    std::memcpy(&bits, &*number, sizeof bits);
    AddNumber(bits);
  }

  const std::string& bytes() const { return bytes_; }

  std::string Sha256() const {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size(), digest.data());
    return {digest.begin(), digest.end()};
  }

 private:
  std::string bytes_;
};

}  // namespace

std::string VocabularyId(const Vocabulary& vocabulary) {
  Encoder encoder;
  encoder.AddWords(vocabulary);
  return absl::BytesToHexString(encoder.Sha256()).substr(0, kIdDigits);
}

std::string VocabularyKey(const Vocabulary& vocabulary) {
  Encoder encoder;
  encoder.AddWords(vocabulary);
  if (vocabulary.background) encoder.AddBackground(*vocabulary.background);
  return encoder.Sha256();
}

std::string TemplatesKey(const std::vector<std::string>& templates) {
  Encoder encoder;
  encoder.AddTexts(templates);
  return encoder.Sha256();
}

std::string ClassKey(std::string_view templates_key, const std::vector<std::string>& synonyms) {
  Encoder encoder;
  encoder.AddText(templates_key);
  encoder.AddTexts(synonyms);
  return encoder.bytes();
}

}  // namespace pixelclip
