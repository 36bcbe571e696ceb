#include "server/server_certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/read_small_file.h"

namespace pixelclip {
namespace {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using TlsContext = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

// A file as the user knows it: by its flag and its path.
struct NamedFile {
  const char* flag;
  const std::string& path;

  absl::Status Bad(const std::string& problem) const {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, ": ", problem));
  }

  absl::StatusOr<std::string> Read() const {
    absl::StatusOr<std::string> content = ReadSmallFile(path);
    if (content.ok()) return content;
    return absl::Status(content.status().code(), absl::StrCat(flag, ": ", content.status().message()));
  }
};

// Why OpenSSL's latest call failed. Empties its queue of errors, which the thread's other users share.
std::string TakeReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

Bio Reader(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

// At least one. gRPC would take a damaged certificate behind the first for the file's end.
absl::StatusOr<std::vector<Certificate>> ParseCertificates(const NamedFile& file, const std::string& pem) {
  ERR_clear_error();
  const Bio bio = Reader(pem);
  std::vector<Certificate> certificates;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    certificates.emplace_back(next);
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return file.Bad(absl::StrCat("certificate ", certificates.size() + 1, " cannot be read: ", TakeReason()));
  }
  ERR_clear_error();
  if (certificates.empty()) return file.Bad("holds no certificate in PEM");
  return certificates;
}

absl::StatusOr<PrivateKey> ParseKey(const NamedFile& file, const std::string& pem) {
  ERR_clear_error();
  char no_passphrase[] = "";  // without one, OpenSSL would ask on the terminal
  PrivateKey key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, nullptr, no_passphrase));
  if (key == nullptr) {
    return file.Bad(absl::StrCat("holds no private key in PEM without a passphrase: ", TakeReason()));
  }
  return key;
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? absl::FromTM(parts, absl::UTCTimeZone()) : absl::InfinitePast();
}

}  // namespace

absl::StatusOr<ServerCertificates> LoadServerCertificates(const ServerTlsOptions& options) {
  const NamedFile chain_file{"--tls-cert", options.certificate_file};
  const NamedFile key_file{"--tls-key", options.key_file};
  const NamedFile client_ca_file{"--tls-client-ca", options.client_ca_file};

  absl::StatusOr<std::string> chain_pem = chain_file.Read();
  if (!chain_pem.ok()) return chain_pem.status();
  absl::StatusOr<std::string> key_pem = key_file.Read();
  if (!key_pem.ok()) return key_pem.status();
  const absl::StatusOr<std::vector<Certificate>> chain = ParseCertificates(chain_file, *chain_pem);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<PrivateKey> key = ParseKey(key_file, *key_pem);
  if (!key.ok()) return key.status();

  X509* own = chain->front().get();
  if (X509_check_private_key(own, key->get()) != 1) {
    ERR_clear_error();
    return key_file.Bad(absl::StrCat("is not the key of the certificate in ", options.certificate_file));
  }
  // Refuses what the system's security level forbids, such as short keys.
  const TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr || SSL_CTX_use_certificate(context.get(), own) != 1) {
    return chain_file.Bad(TakeReason());
  }

  ServerCertificates certificates;
  if (!options.client_ca_file.empty()) {
    absl::StatusOr<std::string> authorities_pem = client_ca_file.Read();
    if (!authorities_pem.ok()) return authorities_pem.status();
    const auto authorities = ParseCertificates(client_ca_file, *authorities_pem);
    if (!authorities.ok()) return authorities.status();
    certificates.client_authorities = *std::move(authorities_pem);
  }
  certificates.chain = *std::move(chain_pem);
  certificates.key = *std::move(key_pem);
  certificates.not_before = ToTime(X509_get0_notBefore(own));
  certificates.not_after = ToTime(X509_get0_notAfter(own));
  return certificates;
}

absl::Status CheckValidity(const ServerTlsOptions& options, const ServerCertificates& certificates,
                           absl::Time now) {
  const auto bad = [&](const std::string& problem, absl::Time time) {
    return absl::FailedPreconditionError(absl::StrCat("--tls-cert: ", options.certificate_file, ": ", problem,
                                                      absl::FormatTime(time, absl::UTCTimeZone())));
  };
  if (now > certificates.not_after) return bad("has expired: it was valid until ", certificates.not_after);
  if (now < certificates.not_before) return bad("is not valid before ", certificates.not_before);
  return absl::OkStatus();
}

}  // namespace pixelclip
