#ifndef PIXELCLIP_CORE_DEFAULT_MODEL_H_
#define PIXELCLIP_CORE_DEFAULT_MODEL_H_

#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// Path of the model that ships with this project, used where the user names none: models/mini of the source
// tree that the program was built in (build/bin/../../models/mini), or share/pixelclip/models/mini beside an
// installed bin/. NOT_FOUND, naming both, if there is neither.
absl::StatusOr<std::string> DefaultModelPath();

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_DEFAULT_MODEL_H_
