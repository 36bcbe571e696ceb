#ifndef PIXELCLIP_SERVER_MODEL_REGISTRY_H_
#define PIXELCLIP_SERVER_MODEL_REGISTRY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/segmenter.h"
#include "server/worker.h"

namespace pixelclip {

// A model under the name that requests give it.
struct ServedModel {
  ServedModel(std::string model_name, std::unique_ptr<const Segmenter> model_segmenter)
      : name(std::move(model_name)), segmenter(std::move(model_segmenter)) {}

  std::string name;
  std::unique_ptr<const Segmenter> segmenter;
  // Where its networks run. One call uses all cores, so two at once would only slow each other down; and
  // LibTorch gives every thread that calls it a pool of threads, which gRPC's many threads had better not
  // have.
  mutable Worker worker;
};

// The models of one server. Filled before the server starts and constant from then on, so that reading needs
// no lock.
class ModelRegistry {
 public:
  // The first model added is the default. ALREADY_EXISTS for a name that is taken.
  absl::Status Add(std::string name, std::unique_ptr<const Segmenter> segmenter);

  // The model of that name; the default for an empty name. An unknown name is an INVALID_ARGUMENT at the
  // field "model". REQUIRES: at least one model was added.
  absl::StatusOr<const ServedModel*> Find(const std::string& name) const;

  // The default first.
  const std::vector<std::unique_ptr<ServedModel>>& models() const { return models_; }

 private:
  std::vector<std::unique_ptr<ServedModel>> models_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_MODEL_REGISTRY_H_
