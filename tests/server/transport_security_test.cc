// TLS with a real gRPC server on loopback.
#include "server/transport_security.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "tests/testing/certificates.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using testing::Authority;
using ::testing::HasSubstr;
using testing::KeyPair;

// What a caller finds out about the server.
struct Answer {
  grpc::StatusCode code;
  std::string certificate;  // the server's, in PEM
};

class TransportSecurityTest : public ::testing::Test {
 protected:
  TransportSecurityTest() {
    folder_ = ::testing::TempDir() + "/transport_security_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    options_ = {folder_ + "/cert.pem", folder_ + "/key.pem", ""};
    WritePair(first_);
  }

  static void Write(const std::string& path, const std::string& content) { std::ofstream(path) << content; }

  void WritePair(const KeyPair& pair) const {
    Write(options_.certificate_file, pair.certificate);
    Write(options_.key_file, pair.key);
  }

  std::string CreateError() const {
    return std::string(TransportSecurity::Create(options_).status().message());
  }

  void Start() {
    auto security = TransportSecurity::Create(options_);
    ASSERT_TRUE(security.ok()) << security.status();
    security_ = *std::move(security);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", security_->MakeCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  std::shared_ptr<grpc::Channel> Connect(const KeyPair& client = {}) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_),
                                     grpc::SslCredentials({authority_.pem(), client.key, client.certificate}),
                                     arguments);
  }

  // Calls a method that the service leaves unimplemented.
  static Answer Call(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    v1::ListModelsResponse response;
    const grpc::Status status = v1::Segmentation::NewStub(channel)->ListModels(&context, {}, &response);
    Answer answer{status.error_code(), ""};
    if (const auto peer = context.auth_context()) {
      for (const grpc::string_ref& value : peer->FindPropertyValues("x509_pem_cert")) {
        answer.certificate.assign(value.data(), value.size());
      }
    }
    return answer;
  }

  // What Reload logs.
  std::string Reload() {
    ::testing::internal::CaptureStderr();
    security_->Reload();
    return ::testing::internal::GetCapturedStderr();
  }

  const Authority authority_;
  const KeyPair first_ = authority_.Issue("first");
  const KeyPair second_ = authority_.Issue("second");
  std::string folder_;
  ServerTlsOptions options_;
  v1::Segmentation::Service service_;
  std::unique_ptr<TransportSecurity> security_;  // must outlive server_
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

TEST_F(TransportSecurityTest, ServesTls) {
  Start();
  const Answer answer = Call(Connect());
  EXPECT_EQ(answer.code, grpc::StatusCode::UNIMPLEMENTED) << "arrived";
  EXPECT_EQ(answer.certificate, first_.certificate);
  EXPECT_TRUE(security_->encrypts());

  const auto plain =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
  EXPECT_EQ(Call(plain).code, grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, ServesPlainTextWithoutFiles) {
  options_ = {};
  Start();
  EXPECT_FALSE(security_->encrypts());
  EXPECT_FALSE(security_->expiry().has_value());
  const auto plain =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
  EXPECT_EQ(Call(plain).code, grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Reload(), "");
}

TEST_F(TransportSecurityTest, AsksForACertificateWithAClientAuthority) {
  options_.client_ca_file = folder_ + "/client_ca.pem";
  const Authority clients;
  Write(options_.client_ca_file, clients.pem());
  Start();
  EXPECT_EQ(Call(Connect(clients.Issue("client"))).code, grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Call(Connect()).code, grpc::StatusCode::UNAVAILABLE) << "no certificate";
  EXPECT_EQ(Call(Connect(authority_.Issue("client"))).code, grpc::StatusCode::UNAVAILABLE)
      << "of an authority that the server does not trust for clients";
}

TEST_F(TransportSecurityTest, NewConnectionsGetTheNewPair) {
  Start();
  const auto old_connection = Connect();
  EXPECT_EQ(Call(old_connection).certificate, first_.certificate);

  WritePair(second_);
  EXPECT_THAT(Reload(), AllOf(HasSubstr("info"), HasSubstr("certificate reloaded")));
  EXPECT_EQ(Call(Connect()).certificate, second_.certificate);
  EXPECT_EQ(Call(old_connection).certificate, first_.certificate) << "stays open";
  EXPECT_EQ(Reload(), "") << "nothing new";

  WritePair(first_);
  Reload();
  EXPECT_EQ(Call(Connect()).certificate, first_.certificate);
}

TEST_F(TransportSecurityTest, ServesEveryPortWithTheNewPair) {
  auto security = *TransportSecurity::Create(options_);
  int ports[2] = {};
  grpc::ServerBuilder builder;
  for (int& port : ports) builder.AddListeningPort("127.0.0.1:0", security->MakeCredentials(), &port);
  builder.RegisterService(&service_);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  WritePair(second_);
  security->Reload();
  for (const int port : ports) {
    port_ = port;
    EXPECT_EQ(Call(Connect()).certificate, second_.certificate);
  }
}

TEST_F(TransportSecurityTest, MayReloadWhileClientsConnect) {
  Start();
  std::thread reloader([&] {
    for (int i = 0; i < 20; ++i) {
      WritePair(i % 2 == 0 ? second_ : first_);
      security_->Reload();
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Call(Connect()).code, grpc::StatusCode::UNIMPLEMENTED);
  reloader.join();
}

TEST_F(TransportSecurityTest, ReplacesTheClientAuthority) {
  options_.client_ca_file = folder_ + "/client_ca.pem";
  const Authority old_clients;
  const Authority new_clients;
  Write(options_.client_ca_file, old_clients.pem());
  Start();
  EXPECT_EQ(Call(Connect(new_clients.Issue("client"))).code, grpc::StatusCode::UNAVAILABLE);
  Write(options_.client_ca_file, new_clients.pem());
  EXPECT_THAT(Reload(), HasSubstr("certificate reloaded"));
  EXPECT_EQ(Call(Connect(new_clients.Issue("client"))).code, grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Call(Connect(old_clients.Issue("client"))).code, grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, ABadPairKeepsTheOldOneAndIsLoggedOnce) {
  Start();
  const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
  const KeyPair expired = authority_.Issue("expired", -2 * Authority::kHour, -Authority::kHour);
  const KeyPair bad_pairs[] = {
      {"garbage", "garbage"},
      {second_.certificate, first_.key},
      {half(second_.certificate), second_.key},
      {second_.certificate, half(second_.key)},
      {second_.certificate + half(first_.certificate), second_.key},  // an incomplete chain
      {"", ""},
      expired,
  };
  for (const KeyPair& bad : bad_pairs) {
    WritePair(bad);
    EXPECT_THAT(Reload(),
                AllOf(HasSubstr("error"), HasSubstr("certificate not reloaded"), HasSubstr(folder_)));
    EXPECT_EQ(Reload(), "") << "the same problem again";
    EXPECT_EQ(Call(Connect()).certificate, first_.certificate);
  }
  std::filesystem::remove(options_.key_file);
  EXPECT_THAT(Reload(), HasSubstr("No such file"));
  EXPECT_EQ(Call(Connect()).certificate, first_.certificate);

  WritePair(second_);
  EXPECT_THAT(Reload(), HasSubstr("certificate reloaded"));
  EXPECT_EQ(Call(Connect()).certificate, second_.certificate);
}

TEST_F(TransportSecurityTest, SaysWhatIsWrongAtStart) {
  const std::string cert = "--tls-cert: " + options_.certificate_file + ": ";
  const std::string key = "--tls-key: " + options_.key_file + ": ";
  WritePair({first_.certificate, second_.key});
  EXPECT_EQ(CreateError(), key + "is not the key of the certificate in " + options_.certificate_file);
  WritePair({"garbage", first_.key});
  EXPECT_EQ(CreateError(), cert + "holds no certificate in PEM");
  WritePair({first_.certificate.substr(0, 200), first_.key});
  EXPECT_THAT(CreateError(), HasSubstr(cert + "certificate 1 cannot be read: "));
  WritePair({first_.certificate, "garbage"});
  EXPECT_THAT(CreateError(), HasSubstr(key + "holds no private key in PEM without a passphrase: "));
  WritePair({first_.certificate + std::string(1, '\0'), first_.key});
  EXPECT_THAT(CreateError(), HasSubstr(cert + "holds zero bytes"));
  WritePair({first_.certificate + std::string(2 << 20, '\n'), first_.key});
  EXPECT_EQ(CreateError(), cert + "has more than 1048576 bytes");
  WritePair(authority_.IssueWeak("weak"));
  EXPECT_THAT(CreateError(), HasSubstr(cert + "ee key too small"));

  WritePair(first_);
  options_.client_ca_file = folder_ + "/missing.pem";
  EXPECT_THAT(CreateError(), HasSubstr("--tls-client-ca: " + options_.client_ca_file + ": No such file"));
  options_ = {"", options_.key_file, ""};
  EXPECT_EQ(CreateError(), "--tls-key and --tls-client-ca need --tls-cert");
  options_ = {folder_ + "/cert.pem", "", ""};
  EXPECT_EQ(CreateError(), "--tls-cert needs --tls-key");
}

TEST_F(TransportSecurityTest, StartsWithAnExpiredCertificateButWarns) {
  WritePair(authority_.Issue("expired", -2 * Authority::kHour, -Authority::kHour));
  ::testing::internal::CaptureStderr();
  const auto security = TransportSecurity::Create(options_);
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(security.ok()) << security.status();
  EXPECT_THAT(log, AllOf(HasSubstr("warning"), HasSubstr("has expired")));
  EXPECT_LT(*(*security)->expiry(), absl::Now());
}

}  // namespace
}  // namespace pixelclip
