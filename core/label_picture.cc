#include "core/label_picture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/tiled_labels.h"

namespace pixelclip {

absl::StatusOr<std::vector<int>> FindScoreMapClasses(const ClassifyOptions& options,
                                                     const std::vector<std::string>& class_names) {
  std::vector<int> classes;
  for (size_t i = 0; i < options.score_maps.size(); ++i) {
    const auto found = std::find(class_names.begin(), class_names.end(), options.score_maps[i]);
    if (found == class_names.end()) {
      return FieldError(absl::StrCat("outputs.score_maps[", i, "]"),
                        absl::StrCat("\"", options.score_maps[i], "\" is not a name in vocabulary.classes"));
    }
    classes.push_back(static_cast<int>(found - class_names.begin()));
  }
  return classes;
}

absl::StatusOr<Segmentation> LabelPicture(const ScoreGrid& scores, const EmbeddedVocabulary& vocabulary,
                                          int width, int height, const ClassifyOptions& options,
                                          const Image* guide) {
  const auto labels = TiledLabels::Create(width, height, vocabulary, options);
  if (!labels.ok()) return labels.status();
  const Box whole = {0, 0, width, height};
  (*labels)->AddTile({whole, whole}, scores, guide);
  return (*labels)->Finish();
}

}  // namespace pixelclip
