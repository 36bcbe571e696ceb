#ifndef PIXELCLIP_SERVER_CONVERT_H_
#define PIXELCLIP_SERVER_CONVERT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/image/decode.h"
#include "core/image/image.h"
#include "core/segmentation.h"
#include "core/segmenter.h"
#include "core/text/vocabulary.h"
#include "core/tiling.h"
#include "pixelclip/v1/segmentation.pb.h"

// Between the wire's messages and core's types. Errors name the request's field.
namespace pixelclip {

// At most this many per-pixel score maps in one response.
inline constexpr int kMaxScoreMaps = 16;

// Decodes or copies the picture.
absl::StatusOr<Image> ToImage(const v1::Image& image, const DecodeLimits& limits);

// The words without a background, and the background; their rules are checked when they are embedded. A set
// of templates is written out. An enum's value that this server does not know is an error.
absl::StatusOr<Vocabulary> ToVocabulary(const v1::Vocabulary& vocabulary);
Background ToBackground(const v1::Background& background);

// Its limits are checked by PlanTiles.
TilingOptions ToTilingOptions(const v1::Tiling& tiling);

// Everything is checked.
absl::StatusOr<InputOptions> ToInputOptions(const v1::InferenceOptions& inference);

// Which per-pixel outputs to compute, and how to refine labels. An encoding that this server does not know is
// an error.
absl::StatusOr<ClassifyOptions> ToClassifyOptions(const v1::Outputs& outputs,
                                                  const v1::InferenceOptions& inference);

// Encodes maps and summary. Leaves model, request_id and seconds.encode/queue/total to the caller.
absl::Status FillResponse(const Segmentation& result, v1::LabelMapEncoding encoding,
                          v1::SegmentResponse* response);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CONVERT_H_
