#ifndef PIXELCLIP_CORE_FEATURES_H_
#define PIXELCLIP_CORE_FEATURES_H_

#include <vector>

// What travels between the steps of the engine: plain arrays, so that nothing but the networks needs
// LibTorch.
namespace pixelclip {

// What the visual encoder reads: [3, height, width] float32, RGB, mean and standard deviation already
// applied.
struct NetworkInput {
  int height = 0;
  int width = 0;
  std::vector<float> values;
};

// What the visual encoder makes of one input: [height, width, channels] float32, one vector of the joint
// space for each patch, not normalised.
struct DenseFeatures {
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<float> values;
};

// Embeddings of texts: [count, channels] float32.
struct TextFeatures {
  int count = 0;
  int channels = 0;
  std::vector<float> values;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_FEATURES_H_
