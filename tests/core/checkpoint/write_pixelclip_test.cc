#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/torch_archive.h"
#include "core/checkpoint/torch_zip_writer.h"
#include "core/checkpoint/zip_archive.h"
#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

constexpr char kStudent[] = "sem_seg_head.predictor.clip_model.";

// PixelCLIP's names for a model, with prompts, a teacher and a decoder.
std::map<std::string, StoredTensor> PublishedNames(TinyClip& clip) {
  std::map<std::string, StoredTensor> published;
  for (const auto& [name, tensor] : clip.tensors) published[kStudent + name] = tensor;
  for (const auto& [name, tensor] : clip.tensors) {
    if (name.rfind("visual.", 0) == 0) published["teacher_encoder." + name] = tensor;
  }
  const auto add = [&](const std::string& name, const std::vector<int64_t>& shape) {
    clip.Add(name, shape, DType::kF32);
    published[name] = clip.tensors.at(name);
  };
  add("sem_seg_head.predictor.prompt_tokens", {3, 4, 64});
  add("head.conv0.weight", {64, 1, 3, 3});
  return published;
}

TEST(WritePixelClipTest, IsReadAgain) {
  const TemporaryDirectory folder;
  TinyClip clip;
  const TinyClip student;
  const auto published = PublishedNames(clip);
  const std::string path = folder.path() + "/trained.pth";
  const absl::Status status = WritePixelClip(clip.config, published, path);
  ASSERT_TRUE(status.ok()) << status;

  const absl::StatusOr<Checkpoint> read = LoadCheckpoint(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->layout, Layout::kPixelClip);
  EXPECT_EQ(read->format, "torch zip");
  ExpectSameTensors(read->tensors, student.tensors);
  ASSERT_TRUE(read->prompt_tokens.has_value());
  EXPECT_EQ(ToFloat32(*read->prompt_tokens), ToFloat32(published.at("sem_seg_head.predictor.prompt_tokens")));

  const std::string bytes = ReadFile(path);
  const absl::StatusOr<TorchArchive> archive = ReadTorchZip(bytes);
  ASSERT_TRUE(archive.ok()) << archive.status();
  ExpectSameTensors(archive->tensors, published);
}

TEST(WritePixelClipTest, MembersAreAlignedAndTheirChecksumsRight) {
  const TemporaryDirectory folder;
  TinyClip clip;
  const std::string path = folder.path() + "/a.pth";
  ASSERT_TRUE(WriteTorchZip(path, clip.tensors).ok());
  const std::string bytes = ReadFile(path);
  const absl::StatusOr<ZipArchive> zip = ZipArchive::Parse(bytes);
  ASSERT_TRUE(zip.ok()) << zip.status();
  EXPECT_EQ(zip->members().size(), clip.tensors.size() + 3);
  for (const auto& [name, member] : zip->members()) {
    const absl::StatusOr<std::string_view> contents = zip->Read(name);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ((contents->data() - bytes.data()) % 64, 0) << name;
    const uint32_t checksum = static_cast<uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(contents->data()), static_cast<uInt>(contents->size())));
    EXPECT_EQ(bytes.substr(member.header_offset + 14, 4), Bytes(checksum, 4)) << name;
  }
}

TEST(WritePixelClipTest, StridedTensorsAndEmptyOnesAreWrittenInOrder) {
  const TemporaryDirectory folder;
  TinyClip clip;
  const StoredTensor matrix = clip.tensors.at("text_projection");
  std::map<std::string, StoredTensor> tensors = {{"transposed", Transposed(matrix)}};
  tensors["empty"] = {DType::kF32, {0, 3}, {3, 1}, matrix.data};
  const std::string path = folder.path() + "/a.pth";
  ASSERT_TRUE(WriteTorchZip(path, tensors).ok());
  const std::string bytes = ReadFile(path);
  const absl::StatusOr<TorchArchive> archive = ReadTorchZip(bytes);
  ASSERT_TRUE(archive.ok()) << archive.status();
  ExpectSameTensors(archive->tensors, tensors);
}

TEST(WritePixelClipTest, RefusesWhatTheLayoutCannotSay) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a.pth";
  const auto problem = [&](const ModelConfig& config) {
    const absl::Status status = WritePixelClip(config, {}, path);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  TinyClip gelu;
  std::get<VitConfig>(gelu.config.vision).activation = Activation::kGelu;
  EXPECT_THAT(problem(gelu.config), HasSubstr("the visual encoder has gelu"));
  TinyClip heads;
  heads.config.text.heads = 2;
  EXPECT_THAT(problem(heads.config), HasSubstr("the text encoder has 2 heads over 64"));
  TinyClip other;
  other.config.vision = EfficientNetConfig();
  EXPECT_THAT(problem(other.config), HasSubstr("holds a ViT"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WritePixelClipTest, NamesWhatCannotBeWritten) {
  TinyClip clip;
  EXPECT_THAT(std::string(WritePixelClip(clip.config, {}, "/nowhere/a.pth").message()),
              HasSubstr("/nowhere/a.pth"));
  clip.Add("ids", {2}, DType::kI64);
  const absl::Status status = WriteTorchZip("/nowhere/a.pth", {{"ids", clip.tensors.at("ids")}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tensor 'ids'"));
}

}  // namespace
}  // namespace pixelclip
