#ifndef PIXELCLIP_CLI_SEGMENT_BACKEND_H_
#define PIXELCLIP_CLI_SEGMENT_BACKEND_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/image/image.h"
#include "core/segmentation.h"
#include "core/segmenter.h"
#include "core/text/vocabulary.h"

namespace pixelclip {

struct SegmentAnswer {
  Segmentation segmentation;
  std::string model;    // its name
  std::string version;  // of its weights
  // How long each stage took, in the order of the work; the last is "total".
  std::vector<std::pair<std::string, double>> stage_seconds;
  // The decoded picture, from a back end that had to decode it anyway.
  std::optional<Image> picture;
};

// Who computes: this process's engine, or a server.
class SegmentBackend {
 public:
  virtual ~SegmentBackend() = default;

  // Segments a picture file. Called from up to SegmentOptions::parallel threads at once.
  virtual absl::StatusOr<SegmentAnswer> Segment(const std::string& encoded_picture) = 0;
};

// Makes the back end for one command, which asks the same of every picture.
using MakeSegmentBackend =
    std::function<absl::StatusOr<std::unique_ptr<SegmentBackend>>(const Vocabulary&, const ClassifyOptions&)>;

}  // namespace pixelclip

#endif  // PIXELCLIP_CLI_SEGMENT_BACKEND_H_
