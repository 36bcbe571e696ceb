#ifndef PIXELCLIP_CORE_TEXT_VOCABULARY_ID_H_
#define PIXELCLIP_CORE_TEXT_VOCABULARY_ID_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/text/vocabulary.h"

namespace pixelclip {

// Names a vocabulary by its content: the first 32 hexadecimal digits of the SHA-256 of its classes and
// templates, as they were given, in their order; the background does not count. Any program can compute it.
// Hashed is
//
//   text("pixelclip.v1.Vocabulary")
//   number(classes), for each: text(name), number(synonyms), for each: text(synonym)
//   number(templates), for each: text(template)
//   text("best"), if its synonyms compete
//
// where number is 8 bytes, the lowest first, and text is number(bytes in it), then those bytes, in UTF-8. No
// templates are other templates than the default ones written out.
std::string VocabularyId(const Vocabulary& vocabulary);

// The whole SHA-256, 32 bytes, of everything in a vocabulary, its background too: equal only for vocabularies
// that are interchangeable. For this process only: the background's encoding may change.
std::string VocabularyKey(const Vocabulary& vocabulary);

// What the embedding of one class depends on: its synonyms, those in its name included, and the templates,
// which TemplatesKey stands for. For this process only.
std::string TemplatesKey(const std::vector<std::string>& templates);
std::string ClassKey(std::string_view templates_key, const std::vector<std::string>& synonyms);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_VOCABULARY_ID_H_
