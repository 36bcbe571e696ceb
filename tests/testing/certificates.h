#ifndef PIXELCLIP_TESTS_TESTING_CERTIFICATES_H_
#define PIXELCLIP_TESTS_TESTING_CERTIFICATES_H_

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace pixelclip::testing {

// In PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
};

// An authority that issues certificates for tests, for as long as the test runs.
class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")) {
    certificate_ = Sign("authority", key_.get(), -kHour, kHour, "CA:TRUE");
    pem_ = Pem(certificate_.get());
  }

  // Whom to trust, in PEM.
  const std::string& pem() const { return pem_; }

  // For localhost, 127.0.0.1 and `name`; valid in these seconds from now.
  KeyPair Issue(const std::string& name, long valid_from = -kHour, long valid_until = kHour) const {
    return IssueFor(name, EVP_EC_gen("P-256"), valid_from, valid_until);
  }

  // With a key that is too short for today's security.
  KeyPair IssueWeak(const std::string& name) const {
    return IssueFor(name, EVP_RSA_gen(1024), -kHour, kHour);
  }

  static constexpr long kHour = 3600;

 private:
  template <auto Free>
  struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
      Free(object);
    }
  };
  using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
  using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
  using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;

  // Also what tells authorities apart.
  static long NextSerial() {
    static long serial = 0;
    return ++serial;
  }

  static void Require(bool good) {
    if (!good) std::abort();
  }

  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<size_t>(size));
  }

  static std::string Pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    Require(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return Text(bio.get());
  }

  static std::string Pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    Require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return Text(bio.get());
  }

  KeyPair IssueFor(const std::string& name, EVP_PKEY* new_key, long valid_from, long valid_until) const {
    const Key key(new_key);
    return {Pem(Sign(name, key.get(), valid_from, valid_until, "CA:FALSE").get()), Pem(key.get())};
  }

  // Signed by this authority; its own certificate by itself.
  Certificate Sign(const std::string& name, EVP_PKEY* key, long valid_from, long valid_until,
                   const char* constraints) const {
    const long serial = NextSerial();
    Certificate certificate(X509_new());
    X509* x509 = certificate.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), valid_from);
    X509_gmtime_adj(X509_getm_notAfter(x509), valid_until);
    X509_set_pubkey(x509, key);
    const std::string unique_name = name + " " + std::to_string(serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(unique_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(certificate_ ? certificate_.get() : x509));
    AddExtension(x509, NID_basic_constraints, constraints);
    AddExtension(x509, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,DNS:" + name);
    Require(X509_sign(x509, key_.get(), EVP_sha256()) > 0);
    return certificate;
  }

  static void AddExtension(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    Require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  const Key key_;
  Certificate certificate_;
  std::string pem_;
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_CERTIFICATES_H_
