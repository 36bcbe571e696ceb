#ifndef PIXELCLIP_CLIENT_LOAD_SYNTHETIC_PICTURE_H_
#define PIXELCLIP_CLIENT_LOAD_SYNTHETIC_PICTURE_H_

#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// A JPEG of colour noise from coarse to fine, about as large a file and as costly to decode as a photograph
// of that size. The same for the same size. Sides are 1 to 16,384 pixels.
absl::StatusOr<std::string> MakeSyntheticJpeg(int width, int height);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_SYNTHETIC_PICTURE_H_
