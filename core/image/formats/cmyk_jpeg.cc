#include "core/image/formats/cmyk_jpeg.h"

#include <jpeglib.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h wants it first
#include <vector>

namespace pixelclip {
namespace {

// libjpeg reports an error by a call that must not return.
struct ErrorHandler {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
};

void Escape(j_common_ptr codec) { std::longjmp(reinterpret_cast<ErrorHandler*>(codec->err)->escape, 1); }

void KeepQuiet(j_common_ptr, int) {}

// k - round((255 - c) * k / 255) of inverted inks, 255 being none.
uint8_t MixInks(uint8_t c, uint8_t k) {
  const int product = (255 - c) * k + 128;
  return static_cast<uint8_t>(k - ((product + (product >> 8)) >> 8));
}

// No objects with destructors in here: longjmp would pass them by. `row` has room for one row of inks.
bool Decode(std::string_view file, JDIMENSION width, JDIMENSION height, uint8_t* row, uint8_t* rgb) {
  ErrorHandler errors;
  jpeg_decompress_struct codec;
  codec.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = Escape;
  errors.manager.emit_message = KeepQuiet;
  jpeg_create_decompress(&codec);
  if (setjmp(errors.escape) != 0) {
    jpeg_destroy_decompress(&codec);
    return false;
  }

  jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&codec, TRUE);
  codec.out_color_space = JCS_CMYK;
  jpeg_start_decompress(&codec);
  const bool as_expected =
      codec.output_components == 4 && codec.output_width == width && codec.output_height == height;
  while (as_expected && codec.output_scanline < height) {
    uint8_t* out = rgb + size_t{3} * width * codec.output_scanline;
    jpeg_read_scanlines(&codec, &row, 1);
    for (const uint8_t* inks = row; inks != row + size_t{4} * width; inks += 4) {
      for (int c = 0; c < 3; ++c) *out++ = MixInks(inks[c], inks[3]);
    }
  }
  jpeg_destroy_decompress(&codec);
  return as_expected;
}

}  // namespace

bool DecodeCmykJpeg(std::string_view file, Image& image) {
  std::vector<uint8_t> row(size_t{4} * image.width);
  return Decode(file, image.width, image.height, row.data(), image.pixels.data());
}

}  // namespace pixelclip
