#ifndef PIXELCLIP_CLIENT_CPP_CHECK_TEXTS_H_
#define PIXELCLIP_CLIENT_CPP_CHECK_TEXTS_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"

namespace pixelclip {

// INVALID_ARGUMENT at the first field of a request that is not UTF-8: it would be sent, but no server could
// read it.
absl::Status CheckTexts(const google::protobuf::Message& request);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CHECK_TEXTS_H_
