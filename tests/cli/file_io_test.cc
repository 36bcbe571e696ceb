#include "cli/file_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/cli/temporary_folder.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

TEST(ReadInput, ReadsAllBytes) {
  const TemporaryFolder folder;
  const std::string content = std::string("a\0b\n", 4) + std::string(3 << 20, 'x');
  EXPECT_EQ(*ReadInput(folder.Write("a.jpg", content)), content);
}

TEST(ReadInput, NamesTheFileThatFails) {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing.jpg";
  EXPECT_EQ(ReadInput(missing).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(ReadInput(missing).status().message()), HasSubstr(missing));
  EXPECT_THAT(std::string(ReadInput(folder / "").status().message()), HasSubstr("Is a directory"));
  EXPECT_THAT(std::string(ReadInput(folder.Write("empty.jpg", "")).status().message()),
              HasSubstr("empty.jpg: empty"));
}

TEST(WriteFileAtomically, ReplacesTheFileAndLeavesNothingElse) {
  const TemporaryFolder folder;
  folder.Write("a.png", "something longer");
  ASSERT_TRUE(WriteFileAtomically(folder / "a.png", "new").ok());
  EXPECT_EQ(folder.Read("a.png"), "new");
  EXPECT_EQ(folder.CountFiles(), 1);
}

TEST(WriteFileAtomically, GivesOrdinaryPermissions) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder / "a.png", "new").ok());
  struct stat ours {};
  struct stat ordinary {};
  stat((folder / "a.png").c_str(), &ours);
  stat(folder.Write("b.png", "").c_str(), &ordinary);
  EXPECT_EQ(ours.st_mode, ordinary.st_mode);
}

TEST(WriteFileAtomically, FailsCleanly) {
  const TemporaryFolder folder;
  const absl::Status status = WriteFileAtomically(folder / "missing/a.png", "new");
  EXPECT_THAT(std::string(status.message()), HasSubstr("missing/a.png"));
}

TEST(WriteFileAtomically, KeepsDevicesAndLinksWhatTheyAre) {
  EXPECT_TRUE(WriteFileAtomically("/dev/null", "new").ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));

  const TemporaryFolder folder;
  folder.Write("a.png", "old");
  std::filesystem::create_symlink("a.png", folder / "link.png");
  ASSERT_TRUE(WriteFileAtomically(folder / "link.png", "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.png"));
  EXPECT_EQ(folder.Read("a.png"), "new");
}

}  // namespace
}  // namespace pixelclip
