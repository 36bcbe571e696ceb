#include "core/image/raw_image.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"

namespace pixelclip {
namespace {

// Where a format keeps red, green and blue in a pixel.
struct Layout {
  int channels = 0;  // 0: no such format
  int red = 0;
  int green = 0;
  int blue = 0;
};

Layout LayoutOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb8:
      return {3, 0, 1, 2};
    case PixelFormat::kBgr8:
      return {3, 2, 1, 0};
    case PixelFormat::kRgba8:
      return {4, 0, 1, 2};
    case PixelFormat::kGray8:
      return {1, 0, 0, 0};
  }
  return {};
}

absl::Status CheckSide(std::string_view field, int64_t side, const DecodeLimits& limits) {
  if (side >= 1 && side <= limits.max_side) return absl::OkStatus();
  return FieldError(field, absl::StrCat(side, " pixels; must be 1 to ", limits.max_side));
}

}  // namespace

absl::StatusOr<Image> ImageFromRaw(const RawImage& raw, const DecodeLimits& limits) {
  if (absl::Status status = CheckSide("image.raw.width", raw.width, limits); !status.ok()) return status;
  if (absl::Status status = CheckSide("image.raw.height", raw.height, limits); !status.ok()) return status;
  if (!limits.Admits(raw.width, raw.height)) {
    return FieldError("image.raw.height",
                      absl::StrCat(raw.width, "x", raw.height, " is ", raw.width * raw.height,
                                   " pixels; at most ", limits.max_pixels, " are allowed"));
  }
  const Layout layout = LayoutOf(raw.format);
  if (layout.channels == 0) {
    return FieldError("image.raw.format", absl::StrCat("unknown format ", static_cast<int>(raw.format)));
  }
  const int64_t row_bytes = raw.width * layout.channels;
  const int64_t stride = raw.row_stride_bytes == 0 ? row_bytes : raw.row_stride_bytes;
  const int64_t data_bytes = static_cast<int64_t>(raw.data.size());
  if (stride < row_bytes || stride > std::max(row_bytes, data_bytes)) {
    return FieldError("image.raw.row_stride_bytes",
                      absl::StrCat(stride, "; a row has ", row_bytes, " bytes and the data ", data_bytes));
  }
  const int64_t needed = stride * (raw.height - 1) + row_bytes;
  if (data_bytes < needed) {
    return FieldError("image.raw.data",
                      absl::StrCat(data_bytes, " bytes; ", raw.width, "x", raw.height,
                                   " pixels with rows of ", stride, " bytes need ", needed));
  }

  Image image;
  image.width = static_cast<int>(raw.width);
  image.height = static_cast<int>(raw.height);
  image.pixels.resize(3 * raw.width * raw.height);
  uint8_t* out = image.pixels.data();
  for (int64_t y = 0; y < raw.height; ++y) {
    const auto* in = reinterpret_cast<const uint8_t*>(raw.data.data()) + y * stride;
    for (int64_t x = 0; x < raw.width; ++x, in += layout.channels, out += 3) {
      out[0] = in[layout.red];
      out[1] = in[layout.green];
      out[2] = in[layout.blue];
    }
  }
  return image;
}

}  // namespace pixelclip
