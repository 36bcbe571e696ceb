#include "core/text/text_repair.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/text/encoding_repair.h"
#include "core/text/html_entities.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

struct Ligature {
  char32_t character;
  std::u32string_view letters;
};

// Latin ligatures and digraphs that are two letters, not one, sorted. "æ" and its like are no ligatures.
constexpr Ligature kLigatures[] = {
    {0x132, U"IJ"},       {0x133, U"ij"},  {0x149, U"\u02BCn"}, {0x1C4, U"D\u017D"}, {0x1C5, U"D\u017E"},
    {0x1C6, U"d\u017E"},  {0x1C7, U"LJ"},  {0x1C8, U"Lj"},      {0x1C9, U"lj"},      {0x1CA, U"NJ"},
    {0x1CB, U"Nj"},       {0x1CC, U"nj"},  {0x1F1, U"DZ"},      {0x1F2, U"Dz"},      {0x1F3, U"dz"},
    {0xFB00, U"ff"},      {0xFB01, U"fi"}, {0xFB02, U"fl"},     {0xFB03, U"ffi"},    {0xFB04, U"ffl"},
    {0xFB05, U"\u017Ft"}, {0xFB06, U"st"},
};

const Ligature* FindLigature(char32_t c) {
  const auto found =
      std::lower_bound(std::begin(kLigatures), std::end(kLigatures), c,
                       [](const Ligature& ligature, char32_t k) { return ligature.character < k; });
  return found != std::end(kLigatures) && found->character == c ? found : nullptr;
}

std::u32string SplitLigatures(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    if (const Ligature* ligature = FindLigature(c)) {
      result.append(ligature->letters);
    } else {
      result.push_back(c);
    }
  }
  return result;
}

// The ordinary form of a full-width or half-width character and of the ideographic space.
std::u32string WithOrdinaryWidth(std::u32string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    if (c == 0x3000) {
      result.push_back(U' ');
    } else if (c >= 0xFF01 && c <= 0xFFEF) {
      const icu::UnicodeString form = nfkc->normalize(icu::UnicodeString(static_cast<UChar32>(c)), status);
      for (int32_t i = 0; i < form.length(); ++i) result.push_back(form.charAt(i));  // none needs surrogates
    } else {
      result.push_back(c);
    }
  }
  return result;
}

std::u32string StraightenQuotes(std::u32string text) {
  for (char32_t& c : text) {
    if (c >= 0x201C && c <= 0x201F) c = U'"';
    if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) c = U'\'';
  }
  return text;
}

// Every kind of line break becomes a line feed.
std::u32string UnifyLineBreaks(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n') continue;
    const bool breaks_line = c == U'\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
    result.push_back(breaks_line ? U'\n' : c);
  }
  return result;
}

// The length of a terminal's escape sequence at the start of `text`, such as "ESC [ 3 1 m"; 0 without one.
size_t EscapeLength(std::u32string_view text) {
  if (text.substr(0, 2) != U"\x1B[") return 0;
  size_t end = 2;
  while (end < text.size() && (text[end] == U';' || u_isdigit(static_cast<UChar32>(text[end])))) ++end;
  if (end == text.size()) return 0;
  const char32_t last = text[end];
  return (last >= U'a' && last <= U'z') || (last >= U'A' && last <= U'Z') ? end + 1 : 0;
}

std::u32string RemoveTerminalEscapes(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const size_t escape = std::min(text.find(U'\x1B'), text.size());
    result.append(text.substr(0, escape));
    text.remove_prefix(escape);
    const size_t length = EscapeLength(text);
    if (length == 0 && !text.empty()) {
      result.push_back(text.front());
      text.remove_prefix(1);
    }
    text.remove_prefix(length);
  }
  return result;
}

// Control characters without a visible effect; not the C1 ones, nor joiners and direction marks.
bool IsInvisibleControl(char32_t c) {
  if (c < 0x20) return c != U'\t' && c != U'\n' && c != U'\f' && c != U'\r';
  return c == 0x7F || (c >= 0x206A && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

std::u32string RemoveInvisibleControls(std::u32string text) {
  text.erase(std::remove_if(text.begin(), text.end(), IsInvisibleControl), text.end());
  return text;
}

// All repairs but that of character references, in the order in which they build on each other.
std::u32string RepairOnce(std::u32string text) {
  text = ReplaceC1Controls(RepairEncoding(std::move(text)));
  text = StraightenQuotes(WithOrdinaryWidth(SplitLigatures(text)));
  text = RemoveTerminalEscapes(UnifyLineBreaks(text));
  return ComposeCanonically(RemoveInvisibleControls(std::move(text)));
}

bool NeedsNoRepair(std::u32string_view text) {
  return std::all_of(text.begin(), text.end(), [](char32_t c) {
    return c < 0x80 && c != U'&' && c != U'\r' && !IsInvisibleControl(c);
  });
}

// One line, until nothing changes any more: a repair can bring the need for another to light.
std::u32string RepairLine(std::u32string text, bool unescape_html) {
  while (!NeedsNoRepair(text)) {
    std::u32string repaired = unescape_html ? UnescapeCertainHtml(text) : text;
    repaired = RepairOnce(std::move(repaired));
    if (repaired == text) break;
    text = std::move(repaired);
  }
  return text;
}

}  // namespace

std::u32string RepairText(std::u32string_view text) {
  std::u32string result;
  bool unescape_html = true;
  while (!text.empty()) {
    const size_t line_feed = text.find(U'\n');
    const std::u32string_view line = text.substr(0, line_feed == text.npos ? text.size() : line_feed + 1);
    // A "<" says that this is HTML, where character references belong.
    if (line.find(U'<') != line.npos) unescape_html = false;
    result.append(RepairLine(std::u32string(line), unescape_html));
    text.remove_prefix(line.size());
  }
  return result;
}

}  // namespace pixelclip
