#ifndef PIXELCLIP_TESTS_TESTING_SYNTHETIC_SA1B_H_
#define PIXELCLIP_TESTS_TESTING_SYNTHETIC_SA1B_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/image/image.h"
#include "trainer/masks/run_length_masks.h"

namespace pixelclip::testing {

// How many pictures of which size; the defaults are those of SA-1B.
struct SyntheticSa1bOptions {
  int pictures = 16;
  int width = 2250;
  int height = 1500;
  int masks = 100;  // a picture
  uint64_t seed = 1;
};

// Writes a tar file in SA-1B's layout: JPEGs of coloured blobs on a textured ground, each with the JSON file
// of its blobs. The same options give the same bytes. Masks are written at the pictures' size.
absl::Status WriteSyntheticSa1bTar(const std::string& path, const SyntheticSa1bOptions& options);

// Pieces of it, for tests of their own.

// COCO's compressed counts. REQUIRES: runs in order, within `pixels`.
std::string EncodeCounts(const std::vector<PixelRun>& runs, int64_t pixels);

// Empty if OpenCV fails.
std::string EncodeJpeg(const Image& image);

// A member of a ustar archive: header, contents, padding. `type` is the header's type flag.
std::string TarMember(std::string_view name, std::string_view contents, char type = '0');

// The two empty blocks that end an archive.
std::string TarEnd();

// Sets the checksum of a header block after a change.
void SignTarHeader(std::string& archive, size_t header = 0);

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_SYNTHETIC_SA1B_H_
