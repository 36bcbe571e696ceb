#include "server/model_info.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/model_config.h"

namespace pixelclip {

void FillModelInfo(const ServedModel& model, v1::ModelInfo* info) {
  const Segmenter& segmenter = model.segmenter();
  info->mutable_model()->set_name(model.name());
  info->mutable_model()->set_version(model.version());
  info->set_description(
      absl::StrCat(Describe(segmenter.config()), ", in ", std::string(PrecisionName(segmenter.precision()))));
  info->set_input_width(segmenter.resolution());
  info->set_input_height(segmenter.resolution());
  info->set_embedding_dimensions(segmenter.config().embed_dim);
}

}  // namespace pixelclip
