#ifndef PIXELCLIP_CLI_OUTPUT_WRITER_H_
#define PIXELCLIP_CLI_OUTPUT_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "cli/segment_backend.h"
#include "cli/segment_plan.h"

namespace pixelclip {

// Writes the files of one picture, each as a whole, creating folders as needed. `encoded_picture` is decoded
// for the overlay only if the answer does not hold the picture already.
absl::Status WriteOutputs(const PictureTask& task, const std::string& encoded_picture,
                          const SegmentAnswer& answer);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_OUTPUT_WRITER_H_
