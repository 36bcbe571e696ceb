#include "server/model_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/field_error.h"

namespace pixelclip {
namespace {

auto Named(const std::string& name) {
  return [&name](const ModelRegistry::Model& model) { return model->name() == name; };
}

std::string Names(const std::vector<ModelRegistry::Model>& models) {
  return absl::StrJoin(models, ", ", [](std::string* out, const ModelRegistry::Model& model) {
    absl::StrAppend(out, "\"", model->name(), "\"");
  });
}

}  // namespace

void ModelRegistry::Put(Model model, bool make_default) {
  Model replaced;  // let go after the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  auto place = std::find_if(models_.begin(), models_.end(), Named(model->name()));
  if (place == models_.end()) {
    models_.push_back(std::move(model));
    place = models_.end() - 1;
  } else {
    replaced = std::exchange(*place, std::move(model));
  }
  if (make_default) std::rotate(models_.begin(), place, place + 1);
}

absl::Status ModelRegistry::Remove(const std::string& name) {
  Model removed;  // let go after the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = std::find_if(models_.begin(), models_.end(), Named(name));
  if (place == models_.end()) {
    return FieldNotFound("name",
                         absl::StrCat("no model is named \"", name, "\"; this server has ", Names(models_)));
  }
  if (models_.size() == 1)
    return absl::FailedPreconditionError(absl::StrCat("\"", name, "\" is the only model of this server"));
  removed = std::move(*place);
  models_.erase(place);
  return absl::OkStatus();
}

absl::StatusOr<ModelRegistry::Model> ModelRegistry::Find(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (name.empty()) return models_.front();
  const auto place = std::find_if(models_.begin(), models_.end(), Named(name));
  if (place != models_.end()) return *place;
  return FieldError("model",
                    absl::StrCat("no model is named \"", name, "\"; this server has ", Names(models_)));
}

std::vector<ModelRegistry::Model> ModelRegistry::models() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return models_;
}

}  // namespace pixelclip
