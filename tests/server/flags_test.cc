#include "server/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace pixelclip {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

struct Parsed {
  std::optional<ServerSettings> settings;
  int exit_code = 0;
};

Parsed Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "pixelclip-server");
  Parsed parsed;
  parsed.settings = ParseFlags(static_cast<int>(arguments.size()), arguments.data(), &parsed.exit_code);
  return parsed;
}

TEST(ParseFlags, HasDefaults) {
  const Parsed parsed = Parse({});
  ASSERT_TRUE(parsed.settings);
  EXPECT_EQ(parsed.settings->listen, "0.0.0.0:50051");
  EXPECT_TRUE(parsed.settings->models.empty());
  EXPECT_FALSE(parsed.settings->activation);
  EXPECT_EQ(parsed.settings->precision, Precision::kFp32);
}

TEST(ParseFlags, FlagBeforeEnvironmentBeforeFile) {
  const std::string file = ::testing::TempDir() + "/settings.toml";
  std::ofstream(file) << "listen = \"file:1\"\nthreads = 3\nmax-classes = 30\nmodel = [\"a=x\", \"b=y\"]\n";
  setenv("PIXELCLIP_LISTEN", "environment:2", 1);
  setenv("PIXELCLIP_THREADS", "4", 1);
  const Parsed parsed = Parse({"--config", file.c_str(), "--listen", "flag:3"});
  unsetenv("PIXELCLIP_LISTEN");
  unsetenv("PIXELCLIP_THREADS");
  ASSERT_TRUE(parsed.settings);
  EXPECT_EQ(parsed.settings->listen, "flag:3");
  EXPECT_EQ(parsed.settings->compute_threads, 4);
  EXPECT_EQ(parsed.settings->vocabulary_limits.max_classes, 30);
  EXPECT_THAT(parsed.settings->models, ElementsAre("a=x", "b=y"));
}

TEST(ParseFlags, AnEmptyVariableIsNone) {
  setenv("PIXELCLIP_MAX_CLASSES", "", 1);
  const Parsed parsed = Parse({"--model", "x"});
  unsetenv("PIXELCLIP_MAX_CLASSES");
  ASSERT_TRUE(parsed.settings);
  EXPECT_THAT(parsed.settings->models, ElementsAre("x"));
}

TEST(ParseFlags, NamesVariablesThatSetNothing) {
  const std::vector<std::string> others = {
      "PIXELCLIP_SERVICE_HOST",        "PIXELCLIP_SERVICE_PORT_GRPC", "PIXELCLIP_PORT",
      "PIXELCLIP_PORT_50051_TCP_ADDR", "PIXELCLIP_GPU_SERVICE_PORT",  "PIXELCLIP_TOKEN"};
  for (const std::string& name : others) setenv(name.c_str(), "x", 1);
  setenv("PIXELCLIP_MAX_CLASES", "1", 1);
  setenv("PIXELCLIP_MAX_BATCH", "4", 1);
  const Parsed parsed = Parse({});
  for (const std::string& name : others) unsetenv(name.c_str());
  unsetenv("PIXELCLIP_MAX_CLASES");
  unsetenv("PIXELCLIP_MAX_BATCH");
  ASSERT_TRUE(parsed.settings);
  EXPECT_THAT(parsed.settings->unknown_variables, Contains("PIXELCLIP_MAX_CLASES"));
  EXPECT_THAT(parsed.settings->unknown_variables, Not(Contains("PIXELCLIP_MAX_BATCH")));
  for (const std::string& name : others) {
    EXPECT_THAT(parsed.settings->unknown_variables, Not(Contains(name)));
  }
}

TEST(ParseFlags, KnowsLastBlocksByName) {
  EXPECT_EQ(Parse({}).settings->last_block, LastBlock::kPublished);
  EXPECT_EQ(Parse({"--last-block", "naclip"}).settings->last_block, LastBlock::kNaclip);
  EXPECT_FALSE(Parse({"--last-block", "NACLIP"}).settings);
}

TEST(ParseFlags, TakesSeveralModels) {
  const Parsed parsed =
      Parse({"--model", "one", "--model", "two=path", "--activation", "gelu", "--precision", "int8"});
  ASSERT_TRUE(parsed.settings);
  EXPECT_THAT(parsed.settings->models, ElementsAre("one", "two=path"));
  EXPECT_EQ(parsed.settings->activation, Activation::kGelu);
  EXPECT_EQ(parsed.settings->precision, Precision::kInt8);
}

TEST(ParseFlags, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Parse({"--no-such-flag"}).exit_code, 2);
  EXPECT_EQ(Parse({"--threads", "-1"}).exit_code, 2);
  EXPECT_EQ(Parse({"--listen", "127.0.0.1"}).exit_code, 2);
  EXPECT_EQ(Parse({"--listen", "127.0.0.1:99999"}).exit_code, 2);
  EXPECT_TRUE(Parse({"--listen", "[::]:0"}).settings);
  EXPECT_EQ(Parse({"--activation", "relu"}).exit_code, 2);
  EXPECT_EQ(Parse({"--precision", "fp16"}).exit_code, 2);
  EXPECT_EQ(Parse({"--config", "/nonexistent"}).exit_code, 2);
  for (const char* flag : {"--max-bytes-in-flight", "--text-cache-bytes", "--vocabulary-store-bytes",
                           "--features-store-bytes"}) {
    EXPECT_EQ(Parse({flag, "-1"}).exit_code, 2) << flag;
    EXPECT_TRUE(Parse({flag, "5000000000"}).settings) << flag;
  }
  for (const char* flag : {"--features-seconds", "--drain-delay-seconds", "--drain-seconds"}) {
    EXPECT_EQ(Parse({flag, "nan"}).exit_code, 2) << flag;
    EXPECT_TRUE(Parse({flag, "0.5"}).settings) << flag;
  }
  const std::string file = ::testing::TempDir() + "/misspelt.toml";
  std::ofstream(file) << "lisen = \"x\"\n";
  EXPECT_EQ(Parse({"--config", file.c_str()}).exit_code, 2);
}

TEST(ParseFlags, HelpIsNoFailure) {
  const Parsed parsed = Parse({"--help"});
  EXPECT_FALSE(parsed.settings);
  EXPECT_EQ(parsed.exit_code, 0);
}

}  // namespace
}  // namespace pixelclip
