#include "server/core_count.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace pixelclip {
namespace {

int CountWith(const std::string& quota) {
  const std::string path = ::testing::TempDir() + "/cpu.max";
  std::ofstream(path) << quota;
  return CoreCount(path);
}

TEST(CoreCount, TakesTheSmallerOfCoresAndQuota) {
  const int cores = CoreCount("/no/such/file");
  EXPECT_GE(cores, 1);
  EXPECT_EQ(CountWith("max 100000\n"), cores);
  EXPECT_EQ(CountWith("50000 100000\n"), 1);
  EXPECT_EQ(CountWith("100000 100000\n"), 1);
  EXPECT_EQ(CountWith("900000000 100000\n"), cores);
  EXPECT_EQ(CountWith("nonsense"), cores);
}

}  // namespace
}  // namespace pixelclip
