#include "trainer/run/run_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/file_io.h"
#include "core/image/png.h"
#include "trainer/figures/mask_grid.h"
#include "trainer/run/make_step_input.h"

namespace pixelclip {

absl::StatusOr<RunLog> RunLog::Open(const RunFolder& folder, int64_t first_step,
                                    std::function<double()> wall_seconds) {
  absl::StatusOr<StepLog> steps = StepLog::Open(folder.losses(), first_step);
  if (!steps.ok()) return steps.status();
  absl::StatusOr<EventFile> events = EventFile::Create(folder.path(), first_step, wall_seconds());
  if (!events.ok()) return events.status();
  return RunLog(folder, *std::move(steps), *std::move(events), std::move(wall_seconds));
}

absl::Status RunLog::AddStep(int64_t step, const StepResult& result, const StepTimes& times) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const auto& clusters = result.masks_per_cluster;
  const auto used = clusters.size() - static_cast<size_t>(std::count(clusters.begin(), clusters.end(), 0));
  std::vector<std::pair<std::string, double>> values = {
      {"loss", result.updated ? result.loss : nothing},
      {"gradient_norm", result.updated ? result.gradient_norm : nothing},
      {"learning_rate", result.learning_rate},
      {"masks", static_cast<double>(result.masks)},
      {"covered_share", result.covered_share},
      {"clusters_used", static_cast<double>(used)},
      {"seconds", times.seconds},
      {"waiting_seconds", times.waiting_seconds},
      {"pictures_per_second", times.pictures_per_second},
  };
  if (absl::Status status = steps_.Add({step, values}); !status.ok()) return status;
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](const auto& value) { return !std::isfinite(value.second); }),
               values.end());
  return events_.AddScalars(step, wall_seconds_(), values);
}

absl::Status RunLog::AddGrid(int64_t step, const std::vector<TrainingExample>& examples,
                             const PixelClipLearner& learner) {
  const absl::StatusOr<Inspection> inspection = learner.Inspect(MakeStepInput(examples));
  if (!inspection.ok()) return inspection.status();
  std::vector<MaskGridRow> rows;
  for (size_t i = 0; i < examples.size(); ++i) {
    const TrainingExample& example = examples[i];
    const at::Tensor clusters = inspection->assignments[i].contiguous();
    const int64_t* const begin = clusters.const_data_ptr<int64_t>();
    rows.push_back({{example.crop_side, example.crop_side, example.weak},
                    {example.crop_side, example.crop_side, example.strong},
                    example.masks,
                    std::vector<int>(begin, begin + clusters.numel())});
  }
  const Image grid = DrawMaskGrid(rows, absl::StrCat("step ", step));
  const absl::StatusOr<std::string> png = EncodePng(grid);
  if (!png.ok()) return png.status();
  if (absl::Status status = WriteFileAtomically(folder_.grid(step), *png); !status.ok()) return status;
  return events_.AddImage(step, wall_seconds_(), "masks and clusters", grid.width, grid.height, *png);
}

}  // namespace pixelclip
