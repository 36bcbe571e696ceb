#include "core/text/character_set.h"

#include <algorithm>

namespace pixelclip {
namespace {

constexpr char kSubstitute = 0x1A;
constexpr char32_t kUnassigned = U'?';
constexpr char32_t kReplacementCharacter = 0xFFFD;

// The upper halves of the sets; '?' marks an unassigned byte. Source: the mapping tables of the Unicode
// Consortium (unicode.org/Public/MAPPINGS).
constexpr char32_t kLatin1[] =
    U"????????????????????????????????\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿"
    U"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
constexpr char32_t kWindows1250[] =
    U"€?‚?„…†‡?‰Š‹ŚŤŽŹ?‘’“”•–—?™š›śťžź\u00A0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00AD®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż"
    U"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";
constexpr char32_t kWindows1251[] =
    U"ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—?™љ›њќћџ\u00A0ЎўЈ¤Ґ¦§Ё©Є«¬\u00AD®Ї°±Ііґµ¶·ё№є»јЅѕї"
    U"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя";
constexpr char32_t kWindows1252[] =
    U"€?‚ƒ„…†‡ˆ‰Š‹Œ?Ž??‘’“”•–—˜™š›œ?žŸ\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿"
    U"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
constexpr char32_t kWindows1253[] =
    U"€?‚ƒ„…†‡?‰?‹?????‘’“”•–—?™?›????\u00A0΅Ά£¤¥¦§¨©?«¬\u00AD®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ"
    U"ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ?ΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ?";
constexpr char32_t kWindows1254[] =
    U"€?‚ƒ„…†‡ˆ‰Š‹Œ????‘’“”•–—˜™š›œ??Ÿ\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿"
    U"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ";
constexpr char32_t kWindows1257[] =
    U"€?‚?„…†‡?‰?‹?¨ˇ¸?‘’“”•–—?™?›?¯˛?\u00A0?¢£¤?¦§Ø©Ŗ«¬\u00AD®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ"
    U"ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽßąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙";
constexpr char32_t kIso8859_2[] =
    U"????????????????????????????????\u00A0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00ADŽŻ°ą˛ł´ľśˇ¸šşťź˝žż"
    U"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";
constexpr char32_t kMacRoman[] =
    U"ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø"
    U"¿¡¬√ƒ≈∆«»…\u00A0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uF8FFÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
constexpr char32_t kCodePage437[] =
    U"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
    U"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

}  // namespace

CharacterSet::CharacterSet(Family family, std::u32string_view upper_half)
    : family_(family), upper_half_(upper_half) {
  for (size_t i = 0; i < upper_half_.size(); ++i) {
    const auto byte = static_cast<uint8_t>(0x80 + i);
    assigned_.push_back(upper_half_[i] != kUnassigned);
    if (!assigned_.back()) upper_half_[i] = byte;
    bytes_.emplace_back(upper_half_[i], byte);
  }
  std::sort(bytes_.begin(), bytes_.end());
}

const std::vector<CharacterSet>& CharacterSet::LikelyMistakes() {
  static const auto* sets = new std::vector<CharacterSet>{
      {Family::kIso, kLatin1},          {Family::kWindows, kWindows1252}, {Family::kWindows, kWindows1251},
      {Family::kWindows, kWindows1250}, {Family::kWindows, kWindows1253}, {Family::kWindows, kWindows1254},
      {Family::kWindows, kWindows1257}, {Family::kIso, kIso8859_2},       {Family::kMacintosh, kMacRoman},
      {Family::kDos, kCodePage437},
  };
  return *sets;
}

const CharacterSet& CharacterSet::Latin1() { return LikelyMistakes()[0]; }

const CharacterSet& CharacterSet::Windows1252() { return LikelyMistakes()[1]; }

std::optional<std::string> CharacterSet::Encode(std::u32string_view text) const {
  std::string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    if (family_ == Family::kWindows && c == kReplacementCharacter) {
      result.push_back(kSubstitute);
    } else if (family_ == Family::kWindows && c == kSubstitute) {
      return std::nullopt;  // would be taken for U+FFFD
    } else if (c < 0x80) {
      result.push_back(static_cast<char>(c));
    } else {
      const auto found = std::lower_bound(bytes_.begin(), bytes_.end(), std::pair(c, uint8_t{0}));
      if (found == bytes_.end() || found->first != c) return std::nullopt;
      result.push_back(static_cast<char>(found->second));
    }
  }
  return result;
}

}  // namespace pixelclip
