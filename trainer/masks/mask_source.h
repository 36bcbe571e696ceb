#ifndef PIXELCLIP_TRAINER_MASKS_MASK_SOURCE_H_
#define PIXELCLIP_TRAINER_MASKS_MASK_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "trainer/masks/picture_masks.h"

namespace pixelclip {

// A picture with masks that have no names.
struct MaskedPicture {
  std::string name;  // for messages: its path, or archive and member
  Image image;       // upright
  std::unique_ptr<const PictureMasks> masks;
};

// A set of pictures with masks, in an order that is the same in every run over the same files. Immutable
// after it is opened; any number of threads may read at once.
class MaskSource {
 public:
  virtual ~MaskSource() = default;

  virtual size_t size() const = 0;

  // What picture `index` is called, without reading it. REQUIRES: index < size().
  virtual std::string name(size_t index) const = 0;

  // Reads and decodes one picture. An error names the file (and the archive's member) and what is wrong with
  // it: callers count such pictures, name them and go on.
  virtual absl::StatusOr<MaskedPicture> Read(size_t index) const = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_MASKS_MASK_SOURCE_H_
