#ifndef PIXELCLIP_SERVER_TRANSPORT_SECURITY_H_
#define PIXELCLIP_SERVER_TRANSPORT_SECURITY_H_

#include <grpcpp/security/server_credentials.h>

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/server_certificates.h"

namespace pixelclip {

// The server's side of TLS: credentials whose certificates, key and client authorities can be replaced while
// it serves. New connections get the new ones; those that are open stay as they are.
//
// Thread-safe, but for Reload: one thread at a time. Must outlive every grpc::Server that uses its
// credentials.
class TransportSecurity {
 public:
  // Without files: plain text. Otherwise errors read "--FLAG: PATH: PROBLEM". An expired certificate is only
  // logged: a server may start while its clock is wrong or its certificate is on the way.
  static absl::StatusOr<std::unique_ptr<TransportSecurity>> Create(const ServerTlsOptions& options);

  ~TransportSecurity();

  bool encrypts() const { return !options_.certificate_file.empty(); }

  // For ServerBuilder::AddListeningPort; one for each port. Give it an address, not a name with several:
  // gRPC 1.51 hands new certificates over safely to one listening socket.
  std::shared_ptr<grpc::ServerCredentials> MakeCredentials();

  // Takes new files, if all of them are good and the certificate is valid now. Otherwise the old ones stay in
  // use, and the reason is logged, once for as long as it is the same. To be called every few seconds, from a
  // thread that may wait for the disk.
  void Reload();

  // When the certificate in use expires; for a metric.
  std::optional<absl::Time> expiry() const;

 private:
  class Credentials;
  struct Subscriber;

  explicit TransportSecurity(const ServerTlsOptions& options);

  std::shared_ptr<const ServerCertificates> current() const;
  void Replace(ServerCertificates certificates);

  const ServerTlsOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ServerCertificates> current_;  // guarded by mutex_; absent in plain text
  std::list<Subscriber> subscribers_;                  // guarded by mutex_
  std::string last_problem_;                           // of Reload
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_TRANSPORT_SECURITY_H_
