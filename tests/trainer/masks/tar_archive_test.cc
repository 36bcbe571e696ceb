#include "trainer/masks/tar_archive.h"

#include <thread>

#include "tests/testing/synthetic_sa1b.h"
#include "tests/trainer/masks/mask_testing.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SignTarHeader;
using testing::TarEnd;
using testing::TarMember;

std::vector<std::string> Names(const TarArchive& archive) {
  std::vector<std::string> names;
  for (const TarArchive::Member& member : archive.members()) names.push_back(member.name);
  return names;
}

std::string PaxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

class TarArchiveTest : public ::testing::Test {
 protected:
  absl::StatusOr<TarArchive> Open(const std::string& bytes) {
    return TarArchive::Open(folder_.Write("a.tar", bytes));
  }

  // Opens what must be an archive without damage.
  TarArchive Intact(const std::string& bytes) {
    auto archive = Open(bytes);
    EXPECT_TRUE(archive.ok()) << archive.status();
    EXPECT_THAT(archive->damage(), IsEmpty());
    return *std::move(archive);
  }

  TemporaryFolder folder_;
};

TEST_F(TarArchiveTest, ReadsMembersWhereTheyLie) {
  const std::string large(1300, 'x');
  const TarArchive archive =
      Intact(TarMember("./", "", '5') + TarMember("./one.jpg", "first") + TarMember("empty", "") +
             TarMember("link", "", '2') + TarMember("old-folder/", "", '0') + TarMember("a/two.json", large) +
             TarEnd());
  EXPECT_THAT(Names(archive), ElementsAre("one.jpg", "empty", "a/two.json"));
  EXPECT_EQ(*archive.Read(0), "first");
  EXPECT_EQ(*archive.Read(1), "");
  EXPECT_EQ(*archive.Read(2), large);
}

TEST_F(TarArchiveTest, ReadsEveryKindOfLongName) {
  const std::string name = std::string(150, 'd') + "/sa_1.jpg";
  std::string prefixed = TarMember("sa_1.jpg", "posix");
  prefixed.replace(345, 150, std::string(150, 'd'));
  SignTarHeader(prefixed);
  std::string gnu = TarMember("././@LongLink", name + '\0', 'L') + TarMember(name.substr(0, 100), "gnu");
  gnu.replace(257, 8, std::string_view("ustar  \0", 8));
  SignTarHeader(gnu);
  const std::string pax =
      TarMember("PaxHeaders/x", PaxRecord("mtime", "1.5") + PaxRecord("path", name), 'x') +
      TarMember("short", "pax");
  const TarArchive archive = Intact(TarMember("pax_global", PaxRecord("path", "not this"), 'g') + prefixed +
                                    gnu + pax + TarMember("after", "plain"));
  EXPECT_THAT(Names(archive), ElementsAre(name, name, name, "after"));
  EXPECT_EQ(*archive.Read(2), "pax");
  EXPECT_EQ(*archive.Read(3), "plain");
}

TEST_F(TarArchiveTest, ReadsSizesBeyondOctalDigits) {
  std::string base256 = TarMember("binary", "12345");
  base256.replace(124, 12, std::string("\x80\0\0\0\0\0\0\0\0\0\0\x05", 12));
  SignTarHeader(base256);
  std::string pax = TarMember("pax", "1234567");
  pax.replace(124, 11, "00000000000");
  SignTarHeader(pax);
  const TarArchive archive = Intact(base256 + TarMember("x", PaxRecord("size", "7"), 'x') + pax +
                                    TarMember("after", "plain") + TarEnd());
  EXPECT_EQ(*archive.Read(0), "12345");
  EXPECT_EQ(*archive.Read(1), "1234567");
  EXPECT_EQ(*archive.Read(2), "plain");
}

TEST_F(TarArchiveTest, TakesArchivesWithOddEnds) {
  const std::string member = TarMember("a", "x");
  EXPECT_EQ(Intact(member).members().size(), 1u);
  EXPECT_EQ(Intact(member + std::string(512, '\0')).members().size(), 1u);
  EXPECT_EQ(Intact(member + std::string(512, '\0') + member).members().size(), 2u);
  EXPECT_EQ(Intact(member + TarEnd() + "rubbish behind the end").members().size(), 1u);
  EXPECT_EQ(Intact(TarEnd()).members().size(), 0u);
  EXPECT_EQ(Intact("").members().size(), 0u);
}

TEST_F(TarArchiveTest, RefusesOtherFiles) {
  EXPECT_THAT(ErrorOf(Open(std::string("\x1f\x8b") + std::string(600, 'z'))), HasSubstr("not a tar archive"));
  EXPECT_THAT(ErrorOf(TarArchive::Open(folder_ / "")), HasSubstr("not a regular file"));
  EXPECT_EQ(TarArchive::Open(folder_ / "none.tar").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TarArchiveTest, ATruncatedMemberCostsItselfAlone) {
  const std::string whole = TarMember("a.jpg", "first") + TarMember("b.jpg", std::string(2000, 'b'));
  const TarArchive archive = Intact(whole.substr(0, 1024 + 512 + 100));
  EXPECT_THAT(Names(archive), ElementsAre("a.jpg", "b.jpg"));
  EXPECT_EQ(*archive.Read(0), "first");
  EXPECT_THAT(ErrorOf(archive.Read(1)), AllOf(HasSubstr("a.tar: member 'b.jpg' is cut off"),
                                              HasSubstr("2000 bytes"), HasSubstr("has 100")));

  const auto in_header = Open(whole.substr(0, 1024 + 77));
  ASSERT_TRUE(in_header.ok());
  EXPECT_THAT(Names(*in_header), ElementsAre("a.jpg"));
  ASSERT_EQ(in_header->damage().size(), 1u);
  EXPECT_THAT(std::string(in_header->damage()[0].message()),
              HasSubstr("a.tar: byte 1024, behind 'a.jpg': the archive ends inside of a header"));
}

TEST_F(TarArchiveTest, ADamagedHeaderCostsItsMemberAlone) {
  std::string bytes =
      TarMember("a", "1") + TarMember("b", std::string(700, 'b')) + TarMember("c", "3") + TarEnd();
  bytes[1024 + 20] ^= 1;
  const auto archive = Open(bytes);
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_THAT(Names(*archive), ElementsAre("a", "c"));
  EXPECT_EQ(*archive->Read(1), "3");
  ASSERT_EQ(archive->damage().size(), 1u);
  EXPECT_THAT(std::string(archive->damage()[0].message()),
              HasSubstr("byte 1024, behind 'a': a damaged header; 1536 bytes are lost"));
}

TEST_F(TarArchiveTest, ReportsWhatItCannotRead) {
  const auto sparse = Open(TarMember("holes", "x", 'S') + TarMember("b", "2"));
  ASSERT_TRUE(sparse.ok());
  EXPECT_THAT(Names(*sparse), ElementsAre("b"));
  EXPECT_THAT(std::string(sparse->damage().at(0).message()), HasSubstr("'holes' is a sparse file"));

  const auto records = Open(TarMember("x", "99999 path=evil\n", 'x') + TarMember("b", "2"));
  ASSERT_TRUE(records.ok());
  EXPECT_THAT(Names(*records), ElementsAre("b"));
  EXPECT_THAT(std::string(records->damage().at(0).message()), HasSubstr("malformed pax records"));

  std::string huge = TarMember("x", "", 'x');
  huge.replace(124, 11, "77777777777");
  SignTarHeader(huge);
  const auto extension = Open(huge + TarMember("b", "2"));
  ASSERT_TRUE(extension.ok());
  EXPECT_THAT(std::string(extension->damage().at(0).message()),
              HasSubstr("an extension header of 8589934591"));

  std::string giant = TarMember("giant", "");
  giant.replace(124, 12, std::string("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12));
  SignTarHeader(giant);
  EXPECT_THAT(ErrorOf(Intact(giant).Read(0)),
              HasSubstr("member 'giant' has 9223372036854775807 bytes; at most"));
}

TEST_F(TarArchiveTest, NoticesAChangedArchive) {
  const TarArchive archive = Intact(TarMember("a", "x"));
  folder_.Write("a.tar", TarMember("a", "x") + TarMember("b", "y"));
  EXPECT_THAT(ErrorOf(archive.Read(0)), HasSubstr("had 1024 bytes when it was opened and now has 2048"));
}

TEST_F(TarArchiveTest, AnyNumberOfThreadsMayRead) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    bytes += TarMember(std::to_string(i), std::string(i * 37, static_cast<char>('0' + i)));
  const TarArchive archive = Intact(bytes);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&archive] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(*archive.Read(i), std::string(i * 37, static_cast<char>('0' + i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TarArchiveTest, SurvivesDamage) {
  const std::string whole = TarMember("a", std::string(600, 'a')) +
                            TarMember("x", PaxRecord("path", "b") + PaxRecord("size", "3"), 'x') +
                            TarMember("b", "two") + TarMember("L", "long", 'L') + TarMember("c", "3") +
                            TarEnd();
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    for (int i = 1 + random() % 4; i > 0; --i) bytes[random() % bytes.size()] = static_cast<char>(random());
    // Most damage ends at the checksum; some must get past it.
    for (const size_t header : {0, 1536, 2560, 3584}) {
      if (random() % 2 == 0) SignTarHeader(bytes, header);
    }
    bytes.resize(random() % (bytes.size() + 1));
    const auto archive = Open(bytes);
    if (!archive.ok()) continue;
    for (size_t i = 0; i < archive->members().size(); ++i) {
      const auto contents = archive->Read(i);
      if (contents.ok()) {
        ASSERT_LE(contents->size(), bytes.size());
      }
    }
  }
}

}  // namespace
}  // namespace pixelclip
