#include "trainer/run/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/checkpoint/byte_reader.h"
#include "core/image/png.h"
#include "tests/trainer/run/temporary_folder.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;

// A protocol buffer's fields, by number; numbers as their little-endian bytes.
std::multimap<int, std::string> Fields(std::string_view message) {
  std::multimap<int, std::string> fields;
  ByteReader reader(message);
  const auto varint = [&reader] {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = reader.U8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (reader.remaining() > 0) {
    const uint64_t key = varint();
    const int field = static_cast<int>(key >> 3);
    const int wire_type = static_cast<int>(key & 7);
    if (wire_type == 0) {
      const uint64_t value = varint();
      fields.emplace(field, std::string(reinterpret_cast<const char*>(&value), sizeof value));
    } else {
      const uint64_t size = wire_type == 1 ? 8 : wire_type == 5 ? 4 : varint();
      fields.emplace(field, std::string(reader.Bytes(size)));
    }
    EXPECT_FALSE(reader.failed());
    if (reader.failed()) break;
  }
  return fields;
}

template <typename Value>
Value As(const std::string& bytes) {
  Value value{};
  EXPECT_EQ(bytes.size(), sizeof value);
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

std::string Only(const std::multimap<int, std::string>& fields, int field) {
  EXPECT_EQ(fields.count(field), 1u) << field;
  const auto found = fields.find(field);
  return found == fields.end() ? "" : found->second;
}

// The records of the one event file of a folder, checksums verified.
std::vector<std::multimap<int, std::string>> ReadEvents(const std::string& folder) {
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(entry.path().filename().string().rfind("events.out.tfevents.1700000000.", 0), 0u);
    bytes = ReadFileOf(entry.path().string());
  }
  std::vector<std::multimap<int, std::string>> events;
  ByteReader reader(bytes);
  while (reader.remaining() > 0) {
    const std::string_view length = reader.Bytes(8);
    EXPECT_EQ(reader.U32(), MaskedCrc32c(length));
    const std::string_view event = reader.Bytes(ByteReader(length).U64());
    EXPECT_EQ(reader.U32(), MaskedCrc32c(event));
    EXPECT_FALSE(reader.failed());
    if (reader.failed()) break;
    events.push_back(Fields(event));
  }
  return events;
}

TEST(EventFileTest, ChecksumIsCastagnolis) {
  // The check value of CRC-32C, e3069283, masked by hand.
  const uint32_t crc = 0xe3069283;
  EXPECT_EQ(MaskedCrc32c("123456789"), ((crc >> 15) | (crc << 17)) + 0xa282ead8u);
}

TEST(EventFileTest, HoldsVersionStartScalarsAndPictures) {
  const TemporaryFolder folder;
  const absl::StatusOr<std::string> png = EncodePng(Image{2, 1, {1, 2, 3, 4, 5, 6}});
  ASSERT_TRUE(png.ok());
  {
    absl::StatusOr<EventFile> file = EventFile::Create(folder.path(), 300, 1.7e9);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE(file->AddScalars(300, 1.7e9 + 1, {{"loss", 0.5}, {"rate", -2}}).ok());
    ASSERT_TRUE(file->AddImage(301, 1.7e9 + 2, "grid", 2, 1, *png).ok());
  }
  const auto events = ReadEvents(folder.path());
  ASSERT_EQ(events.size(), 4u);

  EXPECT_EQ(As<double>(Only(events[0], 1)), 1.7e9);
  EXPECT_EQ(Only(events[0], 3), "brain.Event:2");

  EXPECT_EQ(As<uint64_t>(Only(events[1], 2)), 300u);
  EXPECT_EQ(As<uint64_t>(Only(Fields(Only(events[1], 7)), 1)), 1u);  // a session starts

  EXPECT_EQ(As<double>(Only(events[2], 1)), 1.7e9 + 1);
  EXPECT_EQ(As<uint64_t>(Only(events[2], 2)), 300u);
  const auto values = Fields(Only(events[2], 5));
  ASSERT_EQ(values.count(1), 2u);
  const auto loss = Fields(values.find(1)->second);
  EXPECT_EQ(Only(loss, 1), "loss");
  EXPECT_EQ(As<float>(Only(loss, 2)), 0.5f);
  const auto rate = Fields(std::next(values.find(1))->second);
  EXPECT_EQ(Only(rate, 1), "rate");
  EXPECT_EQ(As<float>(Only(rate, 2)), -2.0f);

  const auto grid = Fields(Only(Fields(Only(events[3], 5)), 1));
  EXPECT_EQ(Only(grid, 1), "grid");
  const auto image = Fields(Only(grid, 4));
  EXPECT_EQ(As<uint64_t>(Only(image, 1)), 1u);
  EXPECT_EQ(As<uint64_t>(Only(image, 2)), 2u);
  EXPECT_EQ(As<uint64_t>(Only(image, 3)), 3u);
  EXPECT_EQ(Only(image, 4), *png);
}

TEST(EventFileTest, NamesAFolderThatIsNotThere) {
  const absl::Status status = EventFile::Create("/nowhere", 1, 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("/nowhere/events.out"));
}

}  // namespace
}  // namespace pixelclip
