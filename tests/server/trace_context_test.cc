#include "server/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace pixelclip {
namespace {

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpanId[] = "00f067aa0ba902b7";

std::string Header(const std::string& version, const std::string& flags) {
  return version + "-" + kTraceId + "-" + kSpanId + "-" + flags;
}

TEST(TraceContext, ReadsTheStandardsExample) {
  const auto context = ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, kTraceId);
  EXPECT_EQ(context->span_id, kSpanId);
  EXPECT_TRUE(context->sampled);
}

TEST(TraceContext, OnlyTheLowestFlagMeansSampled) {
  for (const char* flags : {"01", "03", "09", "ff", "0b", "a1"}) {
    ASSERT_TRUE(ParseTraceparent(Header("00", flags))) << flags;
    EXPECT_TRUE(ParseTraceparent(Header("00", flags))->sampled) << flags;
  }
  for (const char* flags : {"00", "02", "fe", "0a", "10"}) {
    ASSERT_TRUE(ParseTraceparent(Header("00", flags))) << flags;
    EXPECT_FALSE(ParseTraceparent(Header("00", flags))->sampled) << flags;
  }
}

TEST(TraceContext, LaterVersionsMayAppendFields) {
  EXPECT_TRUE(ParseTraceparent(Header("cc", "01")));
  EXPECT_TRUE(ParseTraceparent(Header("01", "01") + "-what-the-future-brings"));
  EXPECT_FALSE(ParseTraceparent(Header("01", "01") + "1"));
  EXPECT_FALSE(ParseTraceparent(Header("01", "01") + ".new"));
}

TEST(TraceContext, VersionZeroEndsWithItsFlags) {
  EXPECT_FALSE(ParseTraceparent(Header("00", "01") + "-"));
  EXPECT_FALSE(ParseTraceparent(Header("00", "01") + "-more"));
  EXPECT_FALSE(ParseTraceparent(Header("00", "01") + " "));
  EXPECT_FALSE(ParseTraceparent(" " + Header("00", "01")));
}

TEST(TraceContext, RefusesWhatTheStandardForbids) {
  EXPECT_FALSE(ParseTraceparent(Header("ff", "01")));
  EXPECT_FALSE(ParseTraceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(ParseTraceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
}

// Cutting or changing any one character of a good header must leave none.
TEST(TraceContext, RefusesEveryNeighbourOfAGoodHeader) {
  const std::string good = Header("00", "01");
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(ParseTraceparent(good.substr(0, i))) << i;
    for (const char c : {'g', 'A', '/', ':', '`', '\0', '\n', '\x80', '"'}) {
      std::string bad = good;
      bad[i] = c;
      EXPECT_FALSE(ParseTraceparent(bad)) << i << " " << c;
    }
    std::string dashes = good;
    dashes[i] = dashes[i] == '-' ? '0' : '-';
    EXPECT_FALSE(ParseTraceparent(dashes)) << i;
  }
}

TEST(TraceContext, RefusesNonsense) {
  EXPECT_FALSE(ParseTraceparent(""));
  EXPECT_FALSE(ParseTraceparent(std::string(55, '-')));
  EXPECT_FALSE(ParseTraceparent(std::string(55, '0')));
  EXPECT_FALSE(ParseTraceparent(std::string(1 << 20, 'f')));
}

}  // namespace
}  // namespace pixelclip
