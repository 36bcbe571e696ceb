#include "core/checkpoint/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;
using Kind = PickleValue::Kind;
using namespace std::string_literals;  // pickles contain zero bytes

TEST(PickleTest, ReadsProtocol2) {
  // {"a": [1, -2, 70000, 2.5, None, True], "b": ("x", b"y")}
  const std::string bytes = "\x80\x02}q\x00(X\x01\x00\x00\x00"s +
                            "a](K\x01J\xfe\xff\xff\xffJp\x11\x01\x00G\x40\x04\x00\x00\x00\x00\x00\x00N\x88"s +
                            "eX\x01\x00\x00\x00"s + "bX\x01\x00\x00\x00xC\x01y\x86u."s;
  const std::string followed = bytes + "trailing";
  const absl::StatusOr<Pickle> pickle = ReadPickle(followed);
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_EQ(pickle->size, bytes.size());
  const PickleValue* list = FindItem(*pickle->root, "a");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items.size(), 6u);
  EXPECT_EQ(list->items[1]->integer, -2);
  EXPECT_EQ(list->items[2]->integer, 70000);
  EXPECT_EQ(list->items[3]->real, 2.5);
  EXPECT_EQ(list->items[4]->kind, Kind::kNone);
  EXPECT_EQ(list->items[5]->kind, Kind::kBool);
  const PickleValue* tuple = FindItem(*pickle->root, "b");
  ASSERT_EQ(tuple->items.size(), 2u);
  EXPECT_TRUE(tuple->items[0]->IsString("x"));
  EXPECT_EQ(tuple->items[1]->kind, Kind::kBytes);
  EXPECT_EQ(FindItem(*pickle->root, "c"), nullptr);
}

TEST(PickleTest, ReadsProtocol0) {
  const absl::StatusOr<Pickle> pickle =
      ReadPickle("(dp0\nS'it\\'s'\np1\nI7\nsVcaf\\u00e9\n(lp2\nL12345678901234567890L\naF1.5\naI01\nas.");
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_EQ(FindItem(*pickle->root, "it's")->integer, 7);
  const PickleValue* list = FindItem(*pickle->root, "caf\u00e9");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items[0]->kind, Kind::kBigInt);
  EXPECT_EQ(list->items[1]->real, 1.5);
  EXPECT_EQ(list->items[2]->kind, Kind::kBool);
}

TEST(PickleTest, ReadsProtocol4) {
  // {"k": {1, 2}} with frame and memo; a global made on the stack is dropped again.
  const std::string bytes =
      "\x80\x04\x95\x19\x00\x00\x00\x00\x00\x00\x00"
      "}\x94\x8c\x01k\x94\x8f\x94(K\x01K\x02\x90s\x8c\x02os\x8c\x01x\x93\x30."s;
  const absl::StatusOr<Pickle> pickle = ReadPickle(bytes);
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_EQ(FindItem(*pickle->root, "k")->kind, Kind::kSet);
  EXPECT_EQ(FindItem(*pickle->root, "k")->items.size(), 2u);
}

TEST(PickleTest, ReadsLongIntegers) {
  EXPECT_EQ(ReadPickle("\x8a\x00."s)->root->integer, 0);
  EXPECT_EQ(ReadPickle("\x8a\x02\x00\xff."s)->root->integer, -256);
  EXPECT_EQ(ReadPickle("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."s)->root->integer, INT64_MIN);
  EXPECT_EQ(ReadPickle("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."s)->root->kind, Kind::kBigInt);
}

TEST(PickleTest, ExecutesNothing) {
  const TemporaryDirectory directory;
  const std::string mark = directory.path() + "/executed";
  const std::string attacks[] = {
      "cposix\nsystem\n(S'touch " + mark + "'\ntR.",
      "(S'touch " + mark + "'\nios\nsystem\n.",
      "(cos\nsystem\nS'touch " + mark + "'\no.",
      "cbuiltins\neval\n(S'1'\ntR(dS'x'\nI1\nsb.",
  };
  for (const std::string& attack : attacks) {
    const absl::StatusOr<Pickle> pickle = ReadPickle(attack);
    ASSERT_TRUE(pickle.ok()) << pickle.status();
    EXPECT_EQ(pickle->root->kind, Kind::kObject);
    EXPECT_EQ(pickle->root->callable->kind, Kind::kGlobal);
    EXPECT_EQ(pickle->root->operand->items.size(), 1u);
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(PickleTest, KeepsWhatCallsWouldHaveHad) {
  const absl::StatusOr<Pickle> pickle = ReadPickle("cnumpy\nscalar\n(I3\ntR(dS'dtype'\nI8\nsb.");
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_TRUE(pickle->root->callable->IsGlobal("numpy.scalar"));
  EXPECT_EQ(pickle->root->operand->items[0]->integer, 3);
  EXPECT_EQ(FindItem(*pickle->root->state, "dtype")->integer, 8);
}

TEST(PickleTest, UnderstandsOrderedDictAndOtherMappings) {
  const absl::StatusOr<Pickle> dict = ReadPickle("ccollections\nOrderedDict\n)RS'a'\nI1\nsS'a'\nI2\ns.");
  ASSERT_TRUE(dict.ok()) << dict.status();
  EXPECT_EQ(dict->root->kind, Kind::kDict);
  EXPECT_EQ(FindItem(*dict->root, "a")->integer, 2) << "the last value counts";
  const absl::StatusOr<Pickle> other = ReadPickle("ccollections\ndefaultdict\n(tRS'a'\nI1\ns.");
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(FindItem(*other->root, "a")->integer, 1);
}

TEST(PickleTest, AllowsCycles) {
  const absl::StatusOr<Pickle> list = ReadPickle(
      "]q\x00h\x00"
      "a."s);
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->root->items[0], list->root);
}

// A pickle of nested tuples a million deep must neither be read nor freed by recursion.
TEST(PickleTest, DepthIsNoDanger) {
  EXPECT_TRUE(ReadPickle(")" + std::string(1'000'000, '\x85') + ".").ok());
  EXPECT_TRUE(ReadPickle(std::string(1'000'000, ']') + std::string(999'999, 'a') + ".").ok());
  EXPECT_FALSE(ReadPickle(std::string(1'000'000, '(') + ".").ok());
}

// Thirty lists of two references each to the list before: 2^30 leaves, but only thirty values.
TEST(PickleTest, SharedValuesStayShared) {
  std::string bomb = "]q\x00"s;
  for (char i = 0; i < 30; ++i) bomb += "](h"s + i + "h" + i + "eq" + static_cast<char>(i + 1);
  const absl::StatusOr<Pickle> pickle = ReadPickle(bomb + ".");
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_EQ(pickle->values.size(), 31u);
}

TEST(PickleTest, LimitsValuesAndOpcodes) {
  EXPECT_THAT(std::string(ReadPickle(std::string(2'000'002, ')') + ".").status().message()),
              HasSubstr("values"));
  std::string busy = "N";
  for (int i = 0; i < 10'000'001; ++i) busy += "20";
  EXPECT_THAT(std::string(ReadPickle(busy + ".").status().message()), HasSubstr("opcodes"));
}

// Six bytes would make a copy of it, again and again.
TEST(PickleTest, LimitsTheNamesOfGlobals) {
  const std::string name = std::string("X\xe8\x03\0\0", 5) + std::string(1000, 'm') + "q\0"s;
  EXPECT_THAT(std::string(ReadPickle(name + "h\0h\0\x93."s).status().message()),
              HasSubstr("global of more than 1000 bytes"));
  EXPECT_TRUE(ReadPickle("c" + std::string(500, 'm') + "\n" + std::string(500, 'n') + "\n.").ok());
}

TEST(PickleTest, RefusesNonsense) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "truncated"},
      {"N", "truncated"},
      {".", "underflow"},
      {"\x80\x06N.", "protocol"},
      {"\xff", "unknown opcode 0xff"},
      {"R.", "underflow"},
      {"NN\x93.", "global without a name"},
      {"h\x05.", "memo"},
      {"e.", "no mark"},
      {"N(.", "underflow"},
      {"NI1\na.", "plain value"},
      {"NNNs.", "plain value"},
      {"](NNNu.", "key without a value"},
      {"NN"
       "b.",
       "plain value"},
      {"gx\n.", "not a memo index"},
      {"F1.x\n.", "not a number"},
      {"Sx\n.", "quotes"},
      {"(o.", "without a class"},
      {"X\xff\xff\xff\xff"
       "a.",
       "truncated"},
      {"\x97.", "unknown opcode"},
      {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "truncated"},
  };
  for (const auto& [bytes, message] : cases) {
    const absl::StatusOr<Pickle> pickle = ReadPickle(bytes);
    EXPECT_THAT(std::string(pickle.status().message()), HasSubstr(message)) << bytes;
  }
}

TEST(PickleTest, EveryTruncationIsRefused) {
  const std::string whole = ReadFile(TorchSample("detectron2.pth"));
  const size_t start = whole.find("\x80\x02}");
  ASSERT_NE(start, std::string::npos);
  const absl::StatusOr<Pickle> pickle = ReadPickle(std::string_view(whole).substr(start));
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  for (size_t size = 0; size < pickle->size; ++size) {
    EXPECT_FALSE(ReadPickle(std::string_view(whole).substr(start, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace pixelclip
