#include "trainer/run/event_file.h"

#include <unistd.h>

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

// Fields of tensorflow.Event and of the messages in it.
constexpr int kEventWallTime = 1;
constexpr int kEventStep = 2;
constexpr int kEventFileVersion = 3;
constexpr int kEventSummary = 5;
constexpr int kEventSessionLog = 7;
constexpr int kSessionLogStatus = 1;
constexpr uint64_t kSessionStarts = 1;
constexpr int kSummaryValue = 1;
constexpr int kValueTag = 1;
constexpr int kValueSimpleValue = 2;
constexpr int kValueImage = 4;
constexpr int kImageHeight = 1;
constexpr int kImageWidth = 2;
constexpr int kImageColorspace = 3;
constexpr int kImageEncoded = 4;
constexpr uint64_t kRgb = 3;

std::string LittleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

template <typename Bits, typename Value>
std::string BitsOf(Value value) {
  static_assert(sizeof(Bits) == sizeof(Value));
  Bits bits;
  std::memcpy(&bits, &value, sizeof bits);
  return LittleEndian(bits, sizeof bits);
}

// Protocol Buffers' wire format, as much of it as these messages need.
std::string Varint(uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
  return text + static_cast<char>(value);
}
std::string Key(int field, int wire_type) { return Varint(static_cast<uint64_t>(field << 3 | wire_type)); }
std::string Number(int field, uint64_t value) { return Key(field, 0) + Varint(value); }
std::string Double(int field, double value) { return Key(field, 1) + BitsOf<uint64_t>(value); }
std::string Float(int field, float value) { return Key(field, 5) + BitsOf<uint32_t>(value); }
std::string Bytes(int field, std::string_view value) {
  return Key(field, 2) + Varint(value.size()) + std::string(value);
}

std::string Event(int64_t step, double wall_seconds, const std::string& what) {
  return Double(kEventWallTime, wall_seconds) + Number(kEventStep, static_cast<uint64_t>(step)) + what;
}

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "localhost";
  return name;
}

}  // namespace

uint32_t MaskedCrc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  crc ^= 0xffffffff;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

absl::StatusOr<EventFile> EventFile::Create(const std::string& folder, int64_t first_step,
                                            double wall_seconds) {
  // TensorBoard reads the files of a folder in the order of their names: the time comes first.
  const std::string path = absl::StrCat(folder, "/events.out.tfevents.", static_cast<int64_t>(wall_seconds),
                                        ".", HostName(), ".", getpid());
  absl::StatusOr<AppendFile> opened = AppendFile::Open(path);
  if (!opened.ok()) return opened.status();
  EventFile file(*std::move(opened));
  if (absl::Status status = file.Append(Event(0, wall_seconds, Bytes(kEventFileVersion, "brain.Event:2")));
      !status.ok()) {
    return status;
  }
  const std::string starts = Bytes(kEventSessionLog, Number(kSessionLogStatus, kSessionStarts));
  if (absl::Status status = file.Append(Event(first_step, wall_seconds, starts)); !status.ok()) return status;
  return file;
}

absl::Status EventFile::AddScalars(int64_t step, double wall_seconds,
                                   const std::vector<std::pair<std::string, double>>& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    summary +=
        Bytes(kSummaryValue, Bytes(kValueTag, tag) + Float(kValueSimpleValue, static_cast<float>(value)));
  }
  return Append(Event(step, wall_seconds, Bytes(kEventSummary, summary)));
}

absl::Status EventFile::AddImage(int64_t step, double wall_seconds, const std::string& tag, int width,
                                 int height, std::string_view png) {
  const std::string image = Number(kImageHeight, static_cast<uint64_t>(height)) +
                            Number(kImageWidth, static_cast<uint64_t>(width)) +
                            Number(kImageColorspace, kRgb) + Bytes(kImageEncoded, png);
  const std::string value = Bytes(kSummaryValue, Bytes(kValueTag, tag) + Bytes(kValueImage, image));
  return Append(Event(step, wall_seconds, Bytes(kEventSummary, value)));
}

absl::Status EventFile::Append(const std::string& event) {
  const std::string length = LittleEndian(event.size(), 8);
  return file_.Append(length + LittleEndian(MaskedCrc32c(length), 4) + event +
                      LittleEndian(MaskedCrc32c(event), 4));
}

}  // namespace pixelclip
