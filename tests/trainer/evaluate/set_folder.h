#ifndef PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_FOLDER_H_
#define PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_FOLDER_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/image/png.h"
#include "tests/cli/temporary_folder.h"

namespace pixelclip::testing {

// How much red a pixel has that RedSegmenter takes for class k.
inline constexpr int kRedStep = 10;

// A data set of one's own making, gone with the object. Folders on the way to a file are made.
class SetFolder : public TemporaryFolder {
 public:
  std::string path() const { return *this / ""; }

  void WriteFile(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    Write(name, content);
  }

  // A picture that RedSegmenter finds `classes` in. Written as PNG, whatever it is called: what a file is
  // says its content.
  void WritePicture(const std::string& name, int width, const std::vector<uint16_t>& classes) const {
    Image image{width, static_cast<int>(classes.size()) / width, {}};
    for (const uint16_t label : classes) {
      image.pixels.insert(image.pixels.end(), {static_cast<uint8_t>(kRedStep * label), 0, 0});
    }
    WriteFile(name, *EncodePng(image));
  }

  // A grey PNG of these values: 8 bits if they fit.
  void WriteLabels(const std::string& name, int width, const std::vector<uint16_t>& values) const {
    WriteFile(name, *EncodePng(LabelMap{width, static_cast<int>(values.size()) / width, values}));
  }
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TRAINER_EVALUATE_SET_FOLDER_H_
