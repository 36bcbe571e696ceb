#ifndef PIXELCLIP_CORE_TEXT_CLEAN_TEXT_H_
#define PIXELCLIP_CORE_TEXT_CLEAN_TEXT_H_

#include <string>
#include <string_view>

namespace pixelclip {

// The form of a text in which CLIP sees it: repaired (text_repair.h), character references of HTML resolved
// twice, runs of white space made one space, none at the ends, lower case. Two texts with the same clean form
// are the same text to the model. `text` is UTF-8; ill-formed sequences count as U+FFFD. May be called from
// any thread; the time taken is close to linear in the length for ordinary texts, but a text made of
// references nested in each other costs a pass for each level: limit the length of what strangers send.
std::u32string CleanText(std::string_view text);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_CLEAN_TEXT_H_
