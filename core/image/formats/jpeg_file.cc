#include "core/image/formats/jpeg_file.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_format.h"
#include "core/image/formats/encoded_error.h"
#include "core/image/formats/file_bytes.h"
#include "core/image/formats/stored_size.h"
#include "core/image/formats/tiff_directory.h"

namespace pixelclip {
namespace {

constexpr int kMaxScans = 100;

// Second bytes of the markers, ITU-T T.81 table B.1.
constexpr uint8_t kTemporary = 0x01;
constexpr uint8_t kRestart0 = 0xD0;
constexpr uint8_t kRestart7 = 0xD7;
constexpr uint8_t kStartOfImage = 0xD8;
constexpr uint8_t kEndOfImage = 0xD9;
constexpr uint8_t kStartOfScan = 0xDA;
constexpr uint8_t kApplication1 = 0xE1;

struct Segment {
  uint8_t marker = 0;
  std::string_view payload;
};

// Goes from marker to marker as libjpeg does: bytes between segments, be they coded data or rubbish, are
// skipped up to the next 0xFF that is followed by neither a stuffed zero nor a restart marker.
class SegmentWalker {
 public:
  explicit SegmentWalker(std::string_view file) : file_(file), position_(2) {}

  // Empty at the end of the file, also where it ends inside of a segment.
  std::optional<Segment> Next() {
    while (true) {
      position_ = file_.find('\xFF', position_);
      position_ = file_.find_first_not_of('\xFF', position_);
      if (position_ == std::string_view::npos) return std::nullopt;
      Segment segment;
      segment.marker = static_cast<uint8_t>(file_[position_++]);
      const bool is_restart = segment.marker >= kRestart0 && segment.marker <= kRestart7;
      if (segment.marker == 0 || segment.marker == kTemporary || is_restart) continue;
      if (segment.marker == kStartOfImage || segment.marker == kEndOfImage) return segment;

      const FileBytes reader(file_, ByteOrder::kBigEndian);
      const uint32_t length = reader.U16(position_);  // counts its own two bytes
      if (length < 2 || !reader.Has(position_, length)) return std::nullopt;
      segment.payload = file_.substr(position_ + 2, length - 2);
      position_ += length;
      return segment;
    }
  }

 private:
  std::string_view file_;
  size_t position_;
};

// SOF0 to SOF15: the C4, C8 and CC among them mean other things.
bool IsStartOfFrame(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Baseline, extended and progressive with Huffman coding, and the latter two with arithmetic coding.
bool IsSupportedFrame(uint8_t marker) {
  return marker == 0xC0 || marker == 0xC1 || marker == 0xC2 || marker == 0xC9 || marker == 0xCA;
}

absl::Status CheckFrame(const Segment& frame) {
  if (!IsSupportedFrame(frame.marker)) {
    return EncodedError(absl::StrFormat(
        "JPEG of an unsupported kind (frame marker 0xFF%02X); baseline and progressive are supported",
        frame.marker));
  }
  const FileBytes reader(frame.payload, ByteOrder::kBigEndian);
  if (reader.U8(0) != 8) {
    return EncodedError("JPEG with ", reader.U8(0), " bits a sample; only 8 are supported");
  }
  const uint32_t components = reader.U8(5);
  if (components != 1 && components != 3 && components != 4) {
    return EncodedError("JPEG with ", components, " colour components; 1, 3 and 4 are supported");
  }
  return absl::OkStatus();
}

// With Huffman codes each 8x8 block takes at least one bit in the scan of its mean value. Fewer bytes than
// that make a picture that libjpeg would mostly fill up by itself. (Arithmetic codes have no such bound.)
absl::Status CheckEnoughBytes(const Segment& frame, uint64_t file_bytes) {
  const FileBytes reader(frame.payload, ByteOrder::kBigEndian);
  const uint64_t height = reader.U16(1);
  const uint64_t width = reader.U16(3);
  const bool is_huffman = frame.marker <= 0xC2;
  if (!is_huffman || 8 * file_bytes >= (width + 7) / 8 * ((height + 7) / 8)) return absl::OkStatus();
  return EncodedError("truncated JPEG: ", file_bytes, " bytes cannot hold ", width, "x", height, " pixels");
}

}  // namespace

absl::StatusOr<ImageHeader> ReadJpegHeader(std::string_view file) {
  SegmentWalker walker(file);
  std::optional<Segment> frame;
  std::optional<int> orientation;
  while (const auto segment = walker.Next()) {
    if (segment->marker == kStartOfScan || segment->marker == kEndOfImage) break;
    if (IsStartOfFrame(segment->marker) && !frame) frame = segment;
    if (segment->marker == kApplication1 && StartsWith(segment->payload, "Exif") && !orientation) {
      orientation = ExifOrientation(segment->payload);
    }
  }
  if (!frame) return EncodedError("JPEG of ", file.size(), " bytes without a frame header");
  if (absl::Status status = CheckFrame(*frame); !status.ok()) return status;
  const FileBytes reader(frame->payload, ByteOrder::kBigEndian);
  return UprightHeader(ImageFormat::kJpeg, reader.U16(3), reader.U16(1), orientation.value_or(1));
}

absl::Status CheckJpegComplete(std::string_view file) {
  SegmentWalker walker(file);
  int frames = 0;
  int scans = 0;
  while (const auto segment = walker.Next()) {
    if (IsStartOfFrame(segment->marker)) {
      if (++frames > 1) return EncodedError("JPEG with two frame headers");
      if (absl::Status status = CheckEnoughBytes(*segment, file.size()); !status.ok()) return status;
    }
    if (segment->marker == kStartOfScan && ++scans > kMaxScans) {
      return EncodedError("JPEG with more than ", kMaxScans, " scans");
    }
    if (segment->marker != kEndOfImage) continue;
    return scans > 0 ? absl::OkStatus() : EncodedError("JPEG without picture data");
  }
  return EncodedError("truncated JPEG: no end-of-image marker in its ", file.size(), " bytes");
}

}  // namespace pixelclip
