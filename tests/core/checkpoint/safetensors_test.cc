#include "core/checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SafetensorsTest : public ::testing::Test {
 protected:
  absl::Status Open(std::string_view header, std::string_view data) {
    return OpenBytes(Bytes(header.size(), 8) + std::string(header) + std::string(data));
  }
  absl::Status OpenBytes(std::string_view bytes) {
    return SafetensorsFile::Open(directory_.Write("file", bytes)).status();
  }

  TemporaryDirectory directory_;
};

TEST_F(SafetensorsTest, WritesWhatItReads) {
  const TinyClip clip;
  const std::string path = directory_.path() + "/out";
  ASSERT_TRUE(WriteSafetensors(path, clip.tensors, {{"format", "pt"}}).ok());
  const absl::StatusOr<SafetensorsFile> file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status();
  ExpectSameTensors(file->tensors(), clip.tensors);
  EXPECT_EQ(file->metadata().at("format"), "pt");
}

TEST_F(SafetensorsTest, WritesStridedScalarAndEmptyTensorsAligned) {
  TinyClip clip;
  clip.Add("empty", {0, 4});
  clip.Add("scalar", {}, DType::kI64);
  clip.Add("odd", {3}, DType::kU8);
  clip.tensors["visual.proj"] = Transposed(clip.tensors["visual.proj"]);
  const absl::StatusOr<SafetensorsFile> file =
      SafetensorsFile::Open(clip.WriteTo(directory_.path() + "/out"));
  ASSERT_TRUE(file.ok()) << file.status();
  ExpectSameTensors(file->tensors(), clip.tensors);
  for (const auto& [name, tensor] : file->tensors()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data) % static_cast<uintptr_t>(ItemSize(tensor.dtype)), 0u)
        << name;
  }
}

TEST_F(SafetensorsTest, AFailedWriteLeavesWhatWasThere) {
  const std::string path = directory_.Write("out", "before");
  TinyClip clip;
  clip.tensors["bad name \xff"] = clip.tensors["logit_scale"];
  EXPECT_EQ(WriteSafetensors(path, clip.tensors).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(path), "before");
  const absl::Status missing = WriteSafetensors(directory_.path() + "/no/such/folder", clip.tensors);
  EXPECT_FALSE(missing.ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1)
      << "something was left over";
}

TEST_F(SafetensorsTest, ReadsWhatTheFormatAllows) {
  EXPECT_TRUE(Open(R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}  )", "1234").ok());
  EXPECT_TRUE(
      Open(R"({"__metadata__":{"k":"v"},"a":{"data_offsets":[0,0],"shape":[0,9],"dtype":"F64"}})", "").ok());
  EXPECT_TRUE(Open("{}", "").ok());
}

TEST_F(SafetensorsTest, RefusesBrokenLengths) {
  EXPECT_THAT(OpenBytes("1234567").message(), HasSubstr("only 7 bytes"));
  EXPECT_THAT(OpenBytes(Bytes(3, 8) + "{}").message(), HasSubstr("a header of 3 bytes in a file of 10"));
  EXPECT_THAT(OpenBytes(Bytes(100'000'001, 8) + "{}").message(), HasSubstr("at most 100000000"));
  EXPECT_THAT(OpenBytes(Bytes(~uint64_t{0}, 8) + "{}").message(), HasSubstr("at most 100000000"));
  EXPECT_THAT(OpenBytes("").message(), HasSubstr("empty"));
}

// What is wrong, the header, the data, a part of the message.
struct Hostile {
  std::string name;
  std::string header;
  std::string data;
  std::string message;
};

class HostileHeaderTest : public SafetensorsTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileHeaderTest, IsRefused) {
  const absl::Status status = Open(GetParam().header, GetParam().data);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
  EXPECT_THAT(std::string(status.message()), StartsWith(directory_.path()));
}

INSTANTIATE_TEST_SUITE_P(
    Headers, HostileHeaderTest,
    ::testing::Values(
        Hostile{"NotJson", "{nonsense", "", "not valid JSON"},
        Hostile{"SpaceFirst", " {}", "", "does not start with '{'"},
        Hostile{"Array", "[]", "", "does not start with '{'"},
        Hostile{"Trailing", "{}{}", "", "not valid JSON"},
        Hostile{"BadUtf8", "{\"\xff\":{}}", "", "not valid JSON"},
        Hostile{"Nested", "{\"a\":" + std::string(100'000, '['), "", "an array where none belongs"},
        Hostile{"NestedObjects", R"({"a":{"b":{"c":{}}}})", "", "unknown field 'b'"},
        Hostile{"EntryIsNumber", R"({"a":1})", "", "a number where none belongs"},
        Hostile{"EntryIsNull", R"({"a":null})", "", "null"},
        Hostile{
            "Duplicate",
            R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}})",
            "12", "the key 'a' twice"},
        Hostile{"DuplicateField", R"({"a":{"dtype":"U8","dtype":"I8","shape":[],"data_offsets":[0,1]}})", "1",
                "the field 'dtype' twice"},
        Hostile{"MissingField", R"({"a":{"dtype":"U8","shape":[1]}})", "1", "data_offsets is missing"},
        Hostile{"UnknownField", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", "1",
                "unknown field"},
        Hostile{"MetadataNumber", R"({"__metadata__":{"a":1}})", "", "a number where none belongs"},
        Hostile{"MetadataTwice", R"({"__metadata__":{"a":"1","a":"2"}})", "", "the key 'a' twice"},
        Hostile{"NegativeSize", R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "1",
                "negative number -1"},
        Hostile{"FractionalSize", R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "1",
                "the number 1.0"},
        Hostile{"HugeSize", R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}})",
                "1", "too large"},
        Hostile{"Overflow", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,4]}})",
                "1234", "does not fill"},
        Hostile{"WrapsToFour", R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})",
                "1234", "does not fill"},
        Hostile{"TooManyDimensions",
                R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})",
                "1", "more than 16 dimensions"},
        Hostile{"UnsupportedDType", R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "1",
                "'F8_E4M3'"},
        Hostile{"OneOffset", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "1", "two numbers"},
        Hostile{"Backwards", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", "1", "outside"},
        Hostile{"OutOfBounds", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "1",
                "outside the 1 bytes"},
        Hostile{"WrongSize", R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,1]}})", "1",
                "does not fill"},
        Hostile{
            "Gap",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
            "123", "after a gap"},
        Hostile{
            "Overlap",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            "123", "inside the tensor before it"},
        Hostile{"TrailingData", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "12",
                "2 follow the header"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(SafetensorsTest, RefusesTooManyTensors) {
  std::string header = "{";
  for (int i = 0; i <= 100'000; ++i) {
    header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  }
  header.back() = '}';
  EXPECT_THAT(std::string(Open(header, "").message()), HasSubstr("more than 100000 tensors"));
}

TEST_F(SafetensorsTest, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(SafetensorsFile::Open(directory_.path()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SafetensorsFile::Open("/dev/zero").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SafetensorsFile::Open(directory_.path() + "/missing").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace pixelclip
