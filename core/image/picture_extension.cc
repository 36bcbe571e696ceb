#include "core/image/picture_extension.h"

#include "absl/strings/match.h"

namespace pixelclip {

bool HasPictureExtension(std::string_view name) {
  const absl::string_view whole(name.data(), name.size());
  for (const char* extension : {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}) {
    if (absl::EndsWithIgnoreCase(whole, extension)) return true;
  }
  return false;
}

}  // namespace pixelclip
