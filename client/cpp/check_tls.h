#ifndef PIXELCLIP_CLIENT_CPP_CHECK_TLS_H_
#define PIXELCLIP_CLIENT_CPP_CHECK_TLS_H_

#include "absl/status/status.h"
#include "client/cpp/client.h"

namespace pixelclip {

// INVALID_ARGUMENT for what gRPC would only report as a server without an address: texts that are not in PEM,
// or a key that does not belong to its certificate.
absl::Status CheckTls(const TlsOptions& tls);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CHECK_TLS_H_
