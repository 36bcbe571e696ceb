#ifndef PIXELCLIP_ENGINE_TENSOR_FILES_H_
#define PIXELCLIP_ENGINE_TENSOR_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/features.h"

namespace pixelclip {

// Reads the tensor `image` of a safetensors file: [1, 3, height, width], half, bfloat16, float or double.
// Errors name the file, and say what was found and what was expected.
absl::StatusOr<NetworkInput> ReadNetworkInput(const std::string& path);

// Writes a safetensors file that holds one float32 tensor. REQUIRES: the shape's product is values.size().
absl::Status WriteTensorFile(const std::string& path, const std::string& name, std::vector<int64_t> shape,
                             const std::vector<float>& values);

}  // namespace pixelclip

#endif  // PIXELCLIP_ENGINE_TENSOR_FILES_H_
