#include "core/cuda/cuda_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/model/device.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// Its symbols are LibTorch's CUDA library's, which can be loaded without a GPU.
TEST(CudaPlugin, LoadsWhereLibTorchsCudaLibraryDoes) {
  const absl::Status gpu = FindDevice("cuda:0").status();
  const bool has_cuda = gpu.ok() || std::string(gpu.message()).find("cannot be loaded") == std::string::npos;
  const auto plugin = LoadCudaPlugin();
  if (absl::IsUnimplemented(plugin.status())) {
    EXPECT_THAT(std::string(plugin.status().message()), HasSubstr("headers were not found"));
  } else if (has_cuda) {
    ASSERT_TRUE(plugin.ok()) << plugin.status();
    EXPECT_NE((*plugin)->make_recorder(), nullptr);
    EXPECT_TRUE(gpu.ok() || !(*plugin)->has_bf16(c10::Device(c10::kCUDA, 0)));
  } else {
    EXPECT_EQ(plugin.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(plugin.status().message()), HasSubstr(kCudaPluginFile));
  }
}

}  // namespace
}  // namespace pixelclip
