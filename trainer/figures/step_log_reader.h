#ifndef PIXELCLIP_TRAINER_FIGURES_STEP_LOG_READER_H_
#define PIXELCLIP_TRAINER_FIGURES_STEP_LOG_READER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "trainer/figures/line_chart.h"

namespace pixelclip {

// One field of a run's JSON-lines log over its steps. Steps in which it is missing or null are left out, as
// is a last line that a killed run did not finish. INVALID_ARGUMENT, naming the line, for one that is no
// object with a step or whose field is no number; naming the fields that there are if no step has this one.
absl::StatusOr<Series> ReadStepLog(std::string_view text, const std::string& field);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_FIGURES_STEP_LOG_READER_H_
