#ifndef PIXELCLIP_TRAINER_FIGURES_SIDE_BY_SIDE_H_
#define PIXELCLIP_TRAINER_FIGURES_SIDE_BY_SIDE_H_

#include <string>
#include <vector>

#include "core/image/image.h"
#include "core/segmentation.h"

namespace pixelclip {

// A picture and what several models see in it, with one vocabulary.
struct ComparedPicture {
  Image photo;
  std::vector<Segmentation> results;
};

// A row for each picture: the photo, then each model's overlay. A class has one colour everywhere; regions
// with room bear its name, and the legend lists the classes of at least 1 % of any result. `models` are
// headings. REQUIRES: as many results as models in each row, labels of the photo's size. Thread-safe.
Image DrawSideBySide(const std::vector<ComparedPicture>& pictures, const std::vector<std::string>& models,
                     const std::string& caption);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_SIDE_BY_SIDE_H_
