#include "core/image/formats/jpeg_pixels.h"

#include <jpeglib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h wants it first
#include <vector>

namespace pixelclip {
namespace {

// Smaller coefficient arrays are not worth the system calls.
constexpr size_t kLargeArrayBytes = size_t{16} << 20;

struct CoefficientArray {
  jvirt_barray_ptr handle;
  size_t row_bytes;  // of a row of blocks
  JDIMENSION next;   // the first row that has not been given back
};

// libjpeg's decompressor, its errors, and what it keeps coefficients in. Without a destructor, as longjmp
// would pass it by.
struct Codec {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  std::jmp_buf escape;

  decltype(jpeg_memory_mgr::request_virt_barray) request_array;
  decltype(jpeg_memory_mgr::access_virt_barray) access_array;
  CoefficientArray arrays[MAX_COMPONENTS];
  int num_arrays;
};

Codec& CodecOf(j_common_ptr jpeg) { return *static_cast<Codec*>(jpeg->client_data); }

// libjpeg reports an error by a call that must not return.
void Escape(j_common_ptr jpeg) { std::longjmp(CodecOf(jpeg).escape, 1); }

void KeepQuiet(j_common_ptr, int) {}

jvirt_barray_ptr RequestArray(j_common_ptr jpeg, int pool, boolean zeroed, JDIMENSION blocks_per_row,
                              JDIMENSION rows, JDIMENSION rows_at_once) {
  Codec& codec = CodecOf(jpeg);
  const jvirt_barray_ptr handle = codec.request_array(jpeg, pool, zeroed, blocks_per_row, rows, rows_at_once);
  const size_t row_bytes = blocks_per_row * sizeof(JBLOCK);
  if (rows * row_bytes >= kLargeArrayBytes && codec.num_arrays < MAX_COMPONENTS)
    codec.arrays[codec.num_arrays++] = {handle, row_bytes, 0};
  return handle;
}

// Gives the pages that lie wholly in [begin, begin + bytes) back to the system. They read as zeros then.
void Discard(void* begin, size_t bytes) {
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t first = (address + page - 1) / page * page, end = (address + bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

// The pixels are made from top to bottom, once, and nothing above the rows that are read for them is read
// again.
JBLOCKARRAY AccessArray(j_common_ptr jpeg, jvirt_barray_ptr handle, JDIMENSION first, JDIMENSION rows,
                        boolean writable) {
  Codec& codec = CodecOf(jpeg);
  for (int i = 0; i < codec.num_arrays && !writable; ++i) {
    CoefficientArray& array = codec.arrays[i];
    if (array.handle != handle) continue;
    for (; array.next < first; ++array.next) {
      Discard(codec.access_array(jpeg, handle, array.next, 1, FALSE)[0], array.row_bytes);
    }
  }
  return codec.access_array(jpeg, handle, first, rows, writable);
}

// k - round((255 - c) * k / 255) of inverted inks, 255 being none.
uint8_t MixInks(uint8_t c, uint8_t k) {
  const int product = (255 - c) * k + 128;
  return static_cast<uint8_t>(k - ((product + (product >> 8)) >> 8));
}

void MixRow(const uint8_t* inks, size_t width, uint8_t* rgb) {
  for (size_t x = 0; x < width; ++x, inks += 4) {
    for (int c = 0; c < 3; ++c) *rgb++ = MixInks(inks[c], inks[3]);
  }
}

// No objects with destructors in here: longjmp would pass them by. `inks` has room for a row of four
// components. The pixels grow by rows, so that those to come take no memory before.
bool Decode(std::string_view file, Codec& codec, uint8_t* inks, Image& image) {
  jpeg_decompress_struct& jpeg = codec.jpeg;
  jpeg.client_data = &codec;
  jpeg.err = jpeg_std_error(&codec.errors);
  codec.errors.error_exit = Escape;
  codec.errors.emit_message = KeepQuiet;
  if (setjmp(codec.escape) != 0) {
    jpeg_destroy_decompress(&jpeg);
    return false;
  }
  jpeg_create_decompress(&jpeg);
  codec.request_array = jpeg.mem->request_virt_barray;
  codec.access_array = jpeg.mem->access_virt_barray;
  jpeg.mem->request_virt_barray = RequestArray;
  jpeg.mem->access_virt_barray = AccessArray;

  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&jpeg, TRUE);
  const bool in_inks = jpeg.num_components == 4;
  jpeg.out_color_space = in_inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  const bool as_expected = jpeg.output_components == (in_inks ? 4 : 3) &&
                           static_cast<int>(jpeg.output_width) == image.width &&
                           static_cast<int>(jpeg.output_height) == image.height;
  const size_t row_bytes = size_t{3} * image.width;
  while (as_expected && jpeg.output_scanline < jpeg.output_height) {
    image.pixels.resize(image.pixels.size() + row_bytes);
    uint8_t* const rgb = image.pixels.data() + image.pixels.size() - row_bytes;
    uint8_t* row = in_inks ? inks : rgb;
    jpeg_read_scanlines(&jpeg, &row, 1);
    if (in_inks) MixRow(inks, image.width, rgb);
  }
  jpeg_destroy_decompress(&jpeg);
  return as_expected;
}

}  // namespace

bool DecodeJpeg(std::string_view file, Image& image) {
  std::vector<uint8_t> inks(size_t{4} * image.width);
  image.pixels.clear();
  image.pixels.reserve(size_t{3} * image.width * image.height);
  Codec codec = {};
  return Decode(file, codec, inks.data(), image);
}

}  // namespace pixelclip
