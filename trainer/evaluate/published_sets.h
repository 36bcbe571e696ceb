#ifndef PIXELCLIP_TRAINER_EVALUATE_PUBLISHED_SETS_H_
#define PIXELCLIP_TRAINER_EVALUATE_PUBLISHED_SETS_H_

#include <string>

#include "absl/status/status.h"
#include "trainer/evaluate/data_sets.h"

namespace pixelclip {

// Each finds the validation part of one published set below set->root and fills in everything but the name.
// Where both layouts are there, the prepared one is read.
absl::Status OpenCocoStuff(DataSet* set);
absl::Status OpenAde20k(DataSet* set);
absl::Status OpenPascalContext(DataSet* set);
absl::Status OpenCityscapes(DataSet* set);
absl::Status OpenVoc(bool with_background, DataSet* set);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_PUBLISHED_SETS_H_
