#ifndef PIXELCLIP_TESTS_CORE_IMAGE_IMAGE_FILES_H_
#define PIXELCLIP_TESTS_CORE_IMAGE_IMAGE_FILES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "core/image/image.h"

namespace pixelclip {

// A file of tests/data/image.
inline std::string ReadImageFile(const std::string& name) {
  std::ifstream file(std::string(PIXELCLIP_TEST_DATA) + "/image/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A binary PPM file of tests/data/image: "P6", width, height, 255, one white space, the pixels.
inline Image ReadPpm(const std::string& name) {
  const std::string bytes = ReadImageFile(name);
  std::istringstream header(bytes);
  std::string magic;
  int maximum = 0;
  Image image;
  header >> magic >> image.width >> image.height >> maximum;
  const size_t pixels = static_cast<size_t>(header.tellg()) + 1;
  image.pixels.assign(bytes.begin() + pixels, bytes.end());
  EXPECT_EQ(image.pixels.size(), size_t{3} * image.width * image.height) << name;
  return image;
}

// The largest difference of two pictures in any channel; 256 if their sizes differ.
inline int LargestDifference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.size() != b.pixels.size()) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return largest;
}

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_CORE_IMAGE_IMAGE_FILES_H_
