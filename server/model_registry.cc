#include "server/model_registry.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/field_error.h"

namespace pixelclip {

absl::Status ModelRegistry::Add(std::string name, std::unique_ptr<const Segmenter> segmenter) {
  for (const auto& model : models_) {
    if (model->name == name)
      return absl::AlreadyExistsError(absl::StrCat("two models are named \"", name, "\""));
  }
  models_.push_back(std::make_unique<ServedModel>(std::move(name), std::move(segmenter)));
  return absl::OkStatus();
}

absl::StatusOr<const ServedModel*> ModelRegistry::Find(const std::string& name) const {
  if (name.empty()) return models_.front().get();
  for (const auto& model : models_) {
    if (model->name == name) return model.get();
  }
  const std::string known = absl::StrJoin(models_, ", ", [](std::string* out, const auto& model) {
    absl::StrAppend(out, "\"", model->name, "\"");
  });
  return FieldError("model", absl::StrCat("no model is named \"", name, "\"; this server has ", known));
}

}  // namespace pixelclip
