#ifndef PIXELCLIP_SERVER_SERVER_CERTIFICATES_H_
#define PIXELCLIP_SERVER_SERVER_CERTIFICATES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pixelclip {

// Files in PEM. All empty: plain text.
struct ServerTlsOptions {
  // --tls-cert: the server's certificate, then those between it and an authority that clients trust.
  std::string certificate_file;
  // --tls-key: its private key, without a passphrase.
  std::string key_file;
  // --tls-client-ca: mutual TLS: only clients with a certificate of one of these authorities may connect.
  // Empty: all may.
  std::string client_ca_file;
};

// What a server shows in a TLS handshake, and whom it trusts.
struct ServerCertificates {
  // Texts in PEM.
  std::string chain;
  std::string key;
  std::string client_authorities;
  // When the server's own certificate is valid.
  absl::Time not_before;
  absl::Time not_after;
};

// Reads the files and checks whatever a handshake would trip over: that every certificate can be read, that
// OpenSSL accepts the first, and that the key belongs to it. `certificate_file` must be given. Errors read
// "--FLAG: PATH: PROBLEM".
absl::StatusOr<ServerCertificates> LoadServerCertificates(const ServerTlsOptions& options);

// FAILED_PRECONDITION, in the same words, for a certificate that has expired or is not valid yet.
absl::Status CheckValidity(const ServerTlsOptions& options, const ServerCertificates& certificates,
                           absl::Time now);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVER_CERTIFICATES_H_
