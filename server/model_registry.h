#ifndef PIXELCLIP_SERVER_MODEL_REGISTRY_H_
#define PIXELCLIP_SERVER_MODEL_REGISTRY_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/served_model.h"

namespace pixelclip {

// The models that calls can name now. Who holds a model keeps it alive, also when it is no longer here. Any
// thread may call it.
class ModelRegistry {
 public:
  using Model = std::shared_ptr<const ServedModel>;

  // Takes the place of the model of that name, if there is one. The first model is the default until another
  // is made so.
  void Put(Model model, bool make_default = false);

  // NOT_FOUND at the field "name"; FAILED_PRECONDITION for the only model.
  absl::Status Remove(const std::string& name);

  // The model of that name; the default for an empty name. An unknown name is an INVALID_ARGUMENT at the
  // field "model". REQUIRES: at least one model was put here.
  absl::StatusOr<Model> Find(const std::string& name) const;

  // The default first.
  std::vector<Model> models() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Model> models_;  // guarded by mutex_; the default first
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_MODEL_REGISTRY_H_
