#ifndef PIXELCLIP_TRAINER_EVALUATE_CONFUSION_FILES_H_
#define PIXELCLIP_TRAINER_EVALUATE_CONFUSION_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "trainer/evaluate/confusion.h"
#include "trainer/evaluate/report.h"

namespace pixelclip {

// The pixel counts, a row for each true class: its name, then the pixels predicted as each class and as none.
// Quoted as RFC 4180 says.
std::string FormatConfusionCsv(const SetReport& set);

// A PNG of one square for each pair of classes, true ones down, predicted ones across, the column of none at
// the right edge: the darker, the larger the share of the true class's pixels (by its square root, so that
// small shares can be seen).
absl::StatusOr<std::string> DrawConfusion(const Confusion& confusion);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_CONFUSION_FILES_H_
