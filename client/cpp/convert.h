#ifndef PIXELCLIP_CLIENT_CPP_CONVERT_H_
#define PIXELCLIP_CLIENT_CPP_CONVERT_H_

#include "absl/status/statusor.h"
#include "client/cpp/client.h"
#include "core/text/vocabulary.h"
#include "pixelclip/v1/segmentation.pb.h"

namespace pixelclip {

// The messages of segmentation.proto to and from the client's own types.

// All but the picture.
v1::SegmentRequest MakeSegmentRequest(const Vocabulary& vocabulary, const SegmentRequestOptions& options);

// Decodes the label map and the score maps, whichever encoding they came in. INTERNAL if the response is not
// what its own size says: a map of another size, a label without a class, a broken PNG or run-length mask.
absl::StatusOr<SegmentResult> ReadSegmentResponse(const v1::SegmentResponse& response);

ServerListing ReadListModelsResponse(const v1::ListModelsResponse& response);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CONVERT_H_
