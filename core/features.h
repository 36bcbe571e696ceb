#ifndef PIXELCLIP_CORE_NETWORK_INPUT_H_
#define PIXELCLIP_CORE_NETWORK_INPUT_H_

#include <vector>

namespace pixelclip {

// What the visual encoder reads: [3, height, width] float32, RGB, mean and standard deviation already
// applied.
struct NetworkInput {
  int height = 0;
  int width = 0;
  std::vector<float> values;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_NETWORK_INPUT_H_
