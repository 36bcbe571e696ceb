#ifndef PIXELCLIP_CLI_SEGMENT_PLAN_H_
#define PIXELCLIP_CLI_SEGMENT_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/output_files.h"
#include "cli/segment_options.h"
#include "core/segmenter.h"
#include "core/text/vocabulary.h"

namespace pixelclip {

struct PictureTask {
  std::string picture;  // path, or "-"
  OutputFiles files;
};

// What a `segment` command has to do.
struct SegmentPlan {
  std::vector<PictureTask> tasks;
  Vocabulary vocabulary;
  ClassifyOptions outputs;
};

// Works out what the user asked for. Looks at which files exist and reads the words file; writes nothing.
// Every error is one of usage.
absl::StatusOr<SegmentPlan> PlanSegment(const SegmentOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_SEGMENT_PLAN_H_
