#ifndef PIXELCLIP_CORE_IMAGE_TRANSLITERATE_H_
#define PIXELCLIP_CORE_IMAGE_TRANSLITERATE_H_

#include <string>
#include <string_view>

namespace pixelclip {

// Printable ASCII that reads like the UTF-8 text, for fonts that know nothing else: "Москва" becomes
// "Moskva", "長城" "chang cheng". What has no reading in Latin letters, and invalid UTF-8, becomes "?".
// Thread-safe.
std::string TransliterateToAscii(std::string_view utf8);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_TRANSLITERATE_H_
