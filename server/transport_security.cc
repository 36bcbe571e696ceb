#include "server/transport_security.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <utility>

#include "absl/time/clock.h"
#include "server/log.h"

namespace pixelclip {
namespace {

nlohmann::ordered_json Describe(const ServerTlsOptions& options, const ServerCertificates& certificates) {
  return {{"certificate", options.certificate_file},
          {"expires", absl::FormatTime(absl::RFC3339_sec, certificates.not_after, absl::UTCTimeZone())},
          {"client_ca", options.client_ca_file}};
}

bool SameFiles(const ServerCertificates& a, const ServerCertificates& b) {
  return a.chain == b.chain && a.key == b.key && a.client_authorities == b.client_authorities;
}

}  // namespace

// One port. gRPC asks it at the start of every handshake, under a lock of the port's.
struct TransportSecurity::Subscriber {
  const TransportSecurity& security;
  std::shared_ptr<const ServerCertificates> delivered;

  static grpc_ssl_certificate_config_reload_status Fetch(void* self,
                                                         grpc_ssl_server_certificate_config** config);
};

grpc_ssl_certificate_config_reload_status TransportSecurity::Subscriber::Fetch(
    void* self, grpc_ssl_server_certificate_config** config) {
  auto& subscriber = *static_cast<Subscriber*>(self);
  const std::lock_guard lock(subscriber.security.mutex_);
  if (subscriber.delivered == subscriber.security.current_)
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  subscriber.delivered = subscriber.security.current_;
  const ServerCertificates& certificates = *subscriber.delivered;
  const grpc_ssl_pem_key_cert_pair pair = {certificates.key.c_str(), certificates.chain.c_str()};
  // gRPC insists on authorities; where it asks clients for no certificate, it does not use them.
  const std::string& authorities =
      certificates.client_authorities.empty() ? certificates.chain : certificates.client_authorities;
  *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

// gRPC's C++ layer does not offer core's certificate fetcher. Its own credentials that watch files
// (FileWatcherCertificateProvider) drop the old certificate before they have tried the new one.
class TransportSecurity::Credentials : public grpc::ServerCredentials {
 public:
  Credentials(grpc_ssl_client_certificate_request_type request, Subscriber& subscriber)
      : core_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(request, &Subscriber::Fetch,
                                                                            &subscriber))) {}
  ~Credentials() override { grpc_server_credentials_release(core_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), core_);
  }

  grpc_server_credentials* const core_;
};

absl::StatusOr<std::unique_ptr<TransportSecurity>> TransportSecurity::Create(
    const ServerTlsOptions& options) {
  if (options.certificate_file.empty() && (!options.key_file.empty() || !options.client_ca_file.empty())) {
    return absl::InvalidArgumentError("--tls-key and --tls-client-ca need --tls-cert");
  }
  if (!options.certificate_file.empty() && options.key_file.empty()) {
    return absl::InvalidArgumentError("--tls-cert needs --tls-key");
  }
  std::unique_ptr<TransportSecurity> security(new TransportSecurity(options));
  if (!security->encrypts()) return security;

  absl::StatusOr<ServerCertificates> loaded = LoadServerCertificates(options);
  if (!loaded.ok()) return loaded.status();
  Log(LogLevel::kInfo, "certificate loaded", Describe(options, *loaded));
  if (const absl::Status valid = CheckValidity(options, *loaded, absl::Now()); !valid.ok()) {
    Log(LogLevel::kWarning, "certificate not valid", {{"problem", valid.message()}});
  }
  security->Replace(*std::move(loaded));
  return security;
}

TransportSecurity::TransportSecurity(const ServerTlsOptions& options) : options_(options) {}

TransportSecurity::~TransportSecurity() = default;

std::shared_ptr<grpc::ServerCredentials> TransportSecurity::MakeCredentials() {
  if (!encrypts()) return grpc::InsecureServerCredentials();
  const auto request = options_.client_ca_file.empty()
                           ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                           : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  const std::lock_guard lock(mutex_);
  return std::make_shared<Credentials>(request, subscribers_.emplace_back(Subscriber{*this, nullptr}));
}

void TransportSecurity::Reload() {
  if (!encrypts()) return;
  absl::StatusOr<ServerCertificates> loaded = LoadServerCertificates(options_);
  absl::Status status = loaded.status();
  if (status.ok()) {
    if (SameFiles(*loaded, *current())) {
      last_problem_.clear();
      return;
    }
    status = CheckValidity(options_, *loaded, absl::Now());
  }
  if (status.ok()) {
    Log(LogLevel::kInfo, "certificate reloaded", Describe(options_, *loaded));
    last_problem_.clear();
    Replace(*std::move(loaded));
  } else if (last_problem_ != status.message()) {
    last_problem_ = std::string(status.message());
    nlohmann::ordered_json fields = {{"problem", last_problem_}};
    fields["in_use"] = Describe(options_, *current());
    Log(LogLevel::kError, "certificate not reloaded", fields);
  }
}

std::optional<absl::Time> TransportSecurity::expiry() const {
  if (!encrypts()) return std::nullopt;
  return current()->not_after;
}

std::shared_ptr<const ServerCertificates> TransportSecurity::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void TransportSecurity::Replace(ServerCertificates certificates) {
  auto replacement = std::make_shared<const ServerCertificates>(std::move(certificates));
  const std::lock_guard lock(mutex_);
  current_ = std::move(replacement);
}

}  // namespace pixelclip
