#ifndef PIXELCLIP_TRAINER_RUN_EVENT_FILE_H_
#define PIXELCLIP_TRAINER_RUN_EVENT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/run/append_file.h"

namespace pixelclip {

// A file of TensorBoard's, "events.out.tfevents.SECONDS.HOST.PROCESS": TFRecords (length and contents, each
// followed by its masked CRC-32C) of the protocol buffer tensorflow.Event. Every event is in the file when
// its call returns. For one thread.
class EventFile {
 public:
  // Creates a new file in `folder`; a run that is continued gets a file of its own. `first_step` is the first
  // that will be written: TensorBoard drops what earlier files say about it and about later ones.
  // `wall_seconds` here and below are since 1970.
  static absl::StatusOr<EventFile> Create(const std::string& folder, int64_t first_step, double wall_seconds);

  absl::Status AddScalars(int64_t step, double wall_seconds,
                          const std::vector<std::pair<std::string, double>>& scalars);

  // `png`: a whole PNG file of an RGB picture.
  absl::Status AddImage(int64_t step, double wall_seconds, const std::string& tag, int width, int height,
                        std::string_view png);

 private:
  explicit EventFile(AppendFile file) : file_(std::move(file)) {}

  absl::Status Append(const std::string& event);

  AppendFile file_;
};

// The CRC-32C (Castagnoli) of the bytes, rotated and shifted as TFRecords have it.
uint32_t MaskedCrc32c(std::string_view bytes);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_EVENT_FILE_H_
