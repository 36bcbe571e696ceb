#include "client/cpp/check_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

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

Bio Reader(const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

// The first one in the text.
Certificate ReadCertificate(const std::string& pem) {
  return Certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr));
}

PrivateKey ReadKey(const std::string& pem) {
  char no_passphrase[] = "";  // without one, OpenSSL would ask on the terminal
  return PrivateKey(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, nullptr, no_passphrase));
}

const char* FindProblem(const TlsOptions& tls) {
  if (!tls.authorities.empty() && ReadCertificate(tls.authorities) == nullptr) {
    return "tls.authorities: hold no certificate in PEM";
  }
  if (tls.certificate.empty() != tls.private_key.empty()) {
    return "tls: a certificate needs its private key, and the other way round";
  }
  if (tls.certificate.empty()) return nullptr;
  const Certificate certificate = ReadCertificate(tls.certificate);
  if (certificate == nullptr) return "tls.certificate: holds no certificate in PEM";
  const PrivateKey key = ReadKey(tls.private_key);
  if (key == nullptr) return "tls.private_key: holds no private key in PEM without a passphrase";
  const bool belong = X509_check_private_key(certificate.get(), key.get()) == 1;
  return belong ? nullptr : "tls.private_key: is not the key of the certificate";
}

}  // namespace

absl::Status CheckTls(const TlsOptions& tls) {
  const char* problem = FindProblem(tls);
  ERR_clear_error();  // the thread's other users of OpenSSL share its queue of errors
  return problem == nullptr ? absl::OkStatus() : absl::InvalidArgumentError(problem);
}

}  // namespace pixelclip
