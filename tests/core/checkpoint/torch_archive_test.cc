#include "core/checkpoint/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/zip_archive.h"
#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

struct ZipMember {
  std::string name;
  std::string contents;
  uint16_t method = 0;
};

// A ZIP archive of stored members.
std::string MakeZip(const std::vector<ZipMember>& members) {
  std::string archive;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string sizes = Bytes(member.contents.size(), 4) + Bytes(member.contents.size(), 4) +
                              Bytes(member.name.size(), 2) + Bytes(0, 2);
    const std::string common = Bytes(20, 2) + Bytes(0, 2) + Bytes(member.method, 2) + Bytes(0, 8) + sizes;
    directory += "PK\x01\x02" + Bytes(20, 2) + common + Bytes(0, 10) + Bytes(archive.size(), 4) + member.name;
    archive += "PK\x03\x04" + common + member.name + member.contents;
  }
  return archive + directory + "PK\x05\x06" + Bytes(0, 4) + Bytes(members.size(), 2) +
         Bytes(members.size(), 2) + Bytes(directory.size(), 4) + Bytes(archive.size(), 4) + Bytes(0, 2);
}

// The pickle of {"w": tensor} with that storage, offset, shape and strides, all in protocol 0.
std::string TensorPickle(int elements, int offset, const std::string& shape, const std::string& strides) {
  return "(dS'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI" +
         std::to_string(elements) + "\ntQI" + std::to_string(offset) + "\n(" + shape + "t(" + strides +
         "tI00\nNtRs.";
}

absl::StatusOr<TorchArchive> ReadPickled(const std::string& pickle, size_t storage_bytes = 24,
                                         const std::string& byte_order = "little") {
  return ReadTorchZip(MakeZip(
      {{"a/data.pkl", pickle}, {"a/byteorder", byte_order}, {"a/data/0", std::string(storage_bytes, '\0')}}));
}

void ExpectSampleTensors(const TorchArchive& archive) {
  EXPECT_THAT(ToFloat32(archive.tensors.at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(ToFloat32(archive.tensors.at("t")), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(ToFloat32(archive.tensors.at("half")), ElementsAre(3, 4, 5));
  EXPECT_EQ(archive.tensors.at("half").dtype, DType::kF16);
  EXPECT_THAT(ToFloat32(archive.tensors.at("scalar")), ElementsAre(7));
  EXPECT_EQ(archive.tensors.size(), 4u);
}

TEST(TorchArchiveTest, ReadsBothFormats) {
  const std::string zip = ReadFile(TorchSample("zip.pt"));
  const absl::StatusOr<TorchArchive> archive = ReadTorchZip(zip);
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->format, "torch zip");
  ExpectSampleTensors(*archive);

  const std::string old = ReadFile(TorchSample("legacy.pt"));
  EXPECT_TRUE(IsLegacyTorchFile(old));
  EXPECT_FALSE(IsLegacyTorchFile(zip));
  const absl::StatusOr<TorchArchive> legacy = ReadLegacyTorchFile(old);
  ASSERT_TRUE(legacy.ok()) << legacy.status();
  EXPECT_EQ(legacy->format, "torch legacy");
  ExpectSampleTensors(*legacy);
}

TEST(TorchArchiveTest, FindsTheStateDictAmongAnything) {
  const std::string wrapped = ReadFile(TorchSample("wrapped.pt"));
  const absl::StatusOr<TorchArchive> nested = ReadTorchZip(wrapped);
  ASSERT_TRUE(nested.ok()) << nested.status();
  EXPECT_EQ(nested->tensors.count("module.w"), 1u);

  const std::string detectron = ReadFile(TorchSample("detectron2.pth"));
  const absl::StatusOr<TorchArchive> model = ReadTorchZip(detectron);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_THAT(ToFloat32(model->tensors.at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TorchArchiveTest, ReadsParametersAndBfloat16) {
  const std::string bytes = ReadFile(TorchSample("parameter.pt"));
  const absl::StatusOr<TorchArchive> archive = ReadTorchZip(bytes);
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_THAT(ToFloat32(archive->tensors.at("w")), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(ToFloat32(archive->tensors.at("bf16")), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TorchArchiveTest, NamesWhatItCannotRead) {
  const std::pair<const char*, const char*> cases[] = {
      {"expanded.pt", "repeats the 1 elements"},
      {"quantized.pt", "_rebuild_qtensor"},
      {"module.pt", "an object of torch.nn.modules.linear.Linear, expected a dict of tensors"},
  };
  for (const auto& [file, message] : cases) {
    const std::string bytes = ReadFile(TorchSample(file));
    EXPECT_THAT(std::string(ReadTorchZip(bytes).status().message()), HasSubstr(message)) << file;
  }
}

TEST(TorchArchiveTest, ChecksTensorsAgainstTheirStorage) {
  EXPECT_TRUE(ReadPickled(TensorPickle(6, 0, "I2\nI3\n", "I3\nI1\n")).ok());
  EXPECT_TRUE(ReadPickled(TensorPickle(6, 5, "", "")).ok());
  EXPECT_TRUE(ReadPickled(TensorPickle(6, 100, "I0\n", "I1\n")).ok())
      << "an empty tensor has no elements to check";
  const std::pair<std::string, const char*> cases[] = {
      {TensorPickle(7, 0, "I2\nI3\n", "I3\nI1\n"), "should have 7 elements, but has 6"},
      {TensorPickle(6, 1, "I2\nI3\n", "I3\nI1\n"), "leaves storage"},
      {TensorPickle(6, 6, "", ""), "leaves storage"},
      {TensorPickle(6, 0, "I2\nI3\n", "I4\nI1\n"), "leaves storage"},
      {TensorPickle(6, 0, "I2\n", "I9223372036854775807\n"), "leaves storage"},
      {TensorPickle(6, 0, "I9223372036854775807\nI9223372036854775807\n", "I0\nI0\n"), "repeats"},
      {TensorPickle(6, 0, "I7\n", "I0\n"), "repeats"},
      {TensorPickle(6, -1, "I2\n", "I1\n"), "without storage, offset"},
      {TensorPickle(6, 0, "I-2\n", "I1\n"), "other than sizes"},
      {TensorPickle(6, 0, "I2\n", "I-1\n"), "other than sizes"},
      {TensorPickle(6, 0, "I2\n", ""), "different lengths"},
      {TensorPickle(-1, 0, "I2\n", "I1\n"), "not a reference to a storage"},
  };
  for (const auto& [pickle, message] : cases) {
    EXPECT_THAT(std::string(ReadPickled(pickle).status().message()), HasSubstr(message)) << pickle;
  }
}

TEST(TorchArchiveTest, RefusesWhatIsNotItsOwn) {
  const std::string pickle = TensorPickle(6, 0, "I6\n", "I1\n");
  EXPECT_THAT(std::string(ReadPickled(pickle, 24, "big").status().message()), HasSubstr("byte order 'big'"));
  EXPECT_THAT(std::string(ReadTorchZip(MakeZip({{"word/document.xml", ""}})).status().message()),
              HasSubstr("not one of PyTorch"));
  EXPECT_THAT(std::string(ReadTorchZip(MakeZip({{"a/data.pkl", ""}, {"b/data.pkl", ""}})).status().message()),
              HasSubstr("two data.pkl"));
  EXPECT_THAT(std::string(ReadTorchZip(MakeZip({{"a/data.pkl", pickle}})).status().message()),
              HasSubstr("no member 'a/constants/0'"));
  EXPECT_THAT(
      std::string(ReadTorchZip(MakeZip({{"a/data.pkl", pickle}, {"a/data/0", "x", 8}})).status().message()),
      HasSubstr("compressed (method 8)"));
  EXPECT_THAT(std::string(ReadPickled("cos\nsystem\n(S'true'\ntR.").status().message()),
              HasSubstr("an object of os.system"));
  EXPECT_THAT(std::string(ReadPickled("(dS'model'\n(dss.").status().message()), HasSubstr("broken pickle"));
}

// Modules that share their children describe a tree of 2^40 paths.
TEST(TorchArchiveTest, SharedAndCyclicModulesEnd) {
  std::string bomb = "c__torch__.M\nM\n)\x81q\x00"s;
  for (char i = 0; i < 40; ++i) {
    bomb += "c__torch__.M\nM\n)\x81(dS'a'\nh"s + i + "sS'b'\nh" + i + "sbq" + static_cast<char>(i + 1);
  }
  EXPECT_THAT(std::string(ReadPickled(bomb + ".").status().message()), HasSubstr("modules"));
  EXPECT_FALSE(ReadPickled("c__torch__.M\nM\n)\x81q\x00(dS'a'\nh\x00sb."s).ok());
}

TEST(ZipArchiveTest, ReadsMembers) {
  const std::string bytes = MakeZip({{"a/one", "1"}, {"two", "22"}});
  const absl::StatusOr<ZipArchive> zip = ZipArchive::Parse(bytes);
  ASSERT_TRUE(zip.ok()) << zip.status();
  EXPECT_EQ(*zip->Read("a/one"), "1");
  EXPECT_EQ(*zip->Read("two"), "22");
  EXPECT_EQ(zip->Read("three").status().code(), absl::StatusCode::kNotFound);
}

TEST(ZipArchiveTest, RefusesBrokenArchives) {
  const std::string good = MakeZip({{"one", "1"}});
  const size_t end = good.size() - 22;
  const auto with = [&](size_t at, uint64_t value, size_t size) {
    return good.substr(0, at) + Bytes(value, size) + good.substr(at + size);
  };
  const size_t directory = good.find("PK\x01\x02");
  const std::pair<std::string, const char*> cases[] = {
      {"PK\x03\x04", "no end of directory"},
      {good.substr(0, good.size() - 1), "no end of directory"},
      {with(end + 10, 2, 2), "a directory entry is missing"},
      {with(end + 16, 0xfffffff0, 4), "outside the file"},
      {with(end + 12, 0xffffffff, 4), "outside the file"},
      {with(directory + 28, 200, 2), "truncated"},
      {with(directory + 24, 2, 4), "in two sizes"},
      {with(directory + 42, 0xffffffff, 4), "ZIP64 field is missing"},
      {MakeZip({{"one", "1"}, {"one", "2"}}), "two members called 'one'"},
  };
  for (const auto& [bytes, message] : cases) {
    EXPECT_THAT(std::string(ZipArchive::Parse(bytes).status().message()), HasSubstr(message));
  }
  const std::pair<std::string, const char*> members[] = {
      {with(directory + 42, 5, 4), "outside the file"},
      {with(directory + 42, 0xfffff, 4), "outside the file"},
      {with(directory + 8, 1, 2), "encrypted"},
      {with(directory + 10, 8, 2), "compressed"},
      {with(30, 'x', 1), "not where the directory says"},
  };
  for (const auto& [bytes, message] : members) {
    const absl::StatusOr<ZipArchive> zip = ZipArchive::Parse(bytes);
    ASSERT_TRUE(zip.ok()) << zip.status();
    EXPECT_THAT(std::string(zip->Read("one").status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace pixelclip
