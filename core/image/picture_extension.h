#ifndef PIXELCLIP_CORE_IMAGE_PICTURE_EXTENSION_H_
#define PIXELCLIP_CORE_IMAGE_PICTURE_EXTENSION_H_

#include <string_view>

namespace pixelclip {

// Whether a file's name ends like one of the formats that DecodeImage reads, in any case. Only a guess:
// DecodeImage itself goes by content.
bool HasPictureExtension(std::string_view name);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_IMAGE_PICTURE_EXTENSION_H_
