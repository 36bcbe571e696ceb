#ifndef PIXELCLIP_CLIENT_CPP_CONVERT_H_
#define PIXELCLIP_CLIENT_CPP_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"
#include "client/cpp/segment_stream.h"
#include "core/text/vocabulary.h"
#include "pixelclip/v1/segmentation.pb.h"

namespace pixelclip {

// The messages of segmentation.proto to and from the client's own types.

// All but the picture.
v1::SegmentRequest MakeSegmentRequest(const RequestWords& words, const SegmentRequestOptions& options);

v1::SegmentStreamStart MakeStreamStart(const RequestWords& words, const StreamOptions& options);

v1::RegisterVocabularyRequest MakeRegistration(const Vocabulary& vocabulary, const std::string& model);

// Decodes the label map and the score maps, whichever encoding they came in. INTERNAL if the response is not
// what its own size says: a map of another size, a label without a class, a broken PNG or run-length mask.
absl::StatusOr<SegmentResult> ReadSegmentResponse(const v1::SegmentResponse& response);

// A broken response is the answer's INTERNAL result.
StreamAnswer ReadStreamAnswer(const v1::SegmentStreamResponse& response);

ServerListing ReadListModelsResponse(const v1::ListModelsResponse& response);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CONVERT_H_
