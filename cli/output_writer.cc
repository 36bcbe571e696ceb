#include "cli/output_writer.h"

#include <opencv2/core/mat.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/file_io.h"
#include "cli/json_output.h"
#include "core/image/decode.h"
#include "core/image/overlay.h"
#include "core/image/png.h"

namespace pixelclip {
namespace {

absl::StatusOr<std::string> EncodeJpeg(const Image& image) {
  constexpr int kQuality = 92;
  std::vector<uint8_t> bgr(image.pixels.size());
  for (size_t i = 0; i + 2 < bgr.size(); i += 3) {
    bgr[i] = image.pixels[i + 2];
    bgr[i + 1] = image.pixels[i + 1];
    bgr[i + 2] = image.pixels[i];
  }
  try {
    std::vector<uint8_t> jpeg;
    const cv::Mat pixels(image.height, image.width, CV_8UC3, bgr.data());
    if (cv::imencode(".jpg", pixels, jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality})) {
      return std::string(jpeg.begin(), jpeg.end());
    }
    return absl::InternalError("cannot encode a JPEG");
  } catch (const cv::Exception& error) {
    return absl::InternalError(absl::StrCat("cannot encode a JPEG: ", error.what()));
  }
}

absl::StatusOr<std::string> MakeOverlay(const std::string& path, const std::string& encoded_picture,
                                        const SegmentAnswer& answer) {
  Image decoded;
  if (!answer.picture.has_value()) {
    absl::StatusOr<Image> image = DecodeImage(encoded_picture);
    if (!image.ok()) return image.status();
    decoded = *std::move(image);
  }
  const Image overlay =
      DrawOverlay(answer.picture.has_value() ? *answer.picture : decoded, answer.segmentation);
  return absl::EndsWithIgnoreCase(path, ".png") ? EncodePng(overlay) : EncodeJpeg(overlay);
}

absl::Status WriteOutput(const std::string& path, const absl::StatusOr<std::string>& content) {
  if (!content.ok()) {
    return absl::Status(content.status().code(), absl::StrCat(path, ": ", content.status().message()));
  }
  if (absl::Status status = CreateFolderOf(path); !status.ok()) return status;
  return WriteFileAtomically(path, *content);
}

}  // namespace

absl::Status WriteOutputs(const PictureTask& task, const std::string& encoded_picture,
                          const SegmentAnswer& answer) {
  const OutputFiles& files = task.files;
  const Segmentation& segmentation = answer.segmentation;
  absl::Status status;
  if (!files.overlay.empty())
    status.Update(WriteOutput(files.overlay, MakeOverlay(files.overlay, encoded_picture, answer)));
  if (!files.labels.empty()) status.Update(WriteOutput(files.labels, EncodePng(segmentation.labels)));
  if (!files.scores.empty() && segmentation.best_scores.has_value()) {
    status.Update(WriteOutput(files.scores, EncodePng(segmentation.best_scores->values)));
  }
  if (!files.rle.empty())
    status.Update(WriteOutput(files.rle, SegmentationToCoco(task.picture, segmentation)));
  return status;
}

}  // namespace pixelclip
