// The client's TLS and token against a real gRPC server on loopback, as the command line sets them.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cpp/server_options.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "tests/testing/certificates.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using testing::Authority;
using ::testing::HasSubstr;
using testing::KeyPair;
using ::testing::Not;

// Remembers the token that a call showed.
class CuriousService : public v1::Segmentation::Service {
 public:
  std::string authorization;

  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest*,
                          v1::ListModelsResponse*) override {
    authorization.clear();
    for (const auto& [key, value] : context->client_metadata()) {
      if (key == "authorization") authorization.append(value.data(), value.size());
    }
    return grpc::Status::OK;
  }
};

class ClientSecurityTest : public ::testing::Test {
 protected:
  ClientSecurityTest() {
    unsetenv("PIXELCLIP_TOKEN");
    options_.ca_cert = Write("ca.pem", authority_.pem());
  }

  static std::string Write(const std::string& name, const std::string& content) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/client_security_test_", name);
    std::ofstream(path) << content;
    return path;
  }

  void Start(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    options_.server = absl::StrCat("127.0.0.1:", port);
  }

  void StartTls(bool mutual = false) {
    grpc::SslServerCredentialsOptions tls(mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                 : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    tls.pem_root_certs = authority_.pem();
    tls.pem_key_cert_pairs = {{server_pair_.key, server_pair_.certificate}};
    Start(grpc::SslServerCredentials(tls));
  }

  // Connects as the command line does, and makes a call.
  absl::Status Call() const {
    const absl::StatusOr<std::unique_ptr<Client>> client = MakeClient(options_);
    if (!client.ok()) return client.status();
    return (*client)->ListModels().status();
  }

  std::string CallError() const { return std::string(Call().message()); }

  const Authority authority_;
  const KeyPair server_pair_ = authority_.Issue("pixelclip.example");
  ServerOptions options_;
  CuriousService service_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(ClientSecurityTest, TrustsTheAuthorityThatItIsTold) {
  StartTls();
  EXPECT_TRUE(Call().ok()) << Call();
  options_.ca_cert = Write("other_ca.pem", Authority().pem());
  EXPECT_THAT(CallError(),
              AllOf(HasSubstr("of a trusted authority"), HasSubstr("certificate verify failed")));
}

TEST_F(ClientSecurityTest, ChecksTheNameInTheCertificate) {
  StartTls();
  options_.server_name = "pixelclip.example";
  EXPECT_TRUE(Call().ok()) << Call();
  options_.server_name = "other.example";
  EXPECT_THAT(CallError(), HasSubstr("other.example"));
}

TEST_F(ClientSecurityTest, ShowsItsCertificate) {
  StartTls(/*mutual=*/true);
  EXPECT_EQ(Call().code(), absl::StatusCode::kUnavailable) << Call();
  const KeyPair own = authority_.Issue("client");
  options_.cert = Write("cert.pem", own.certificate);
  EXPECT_THAT(CallError(), HasSubstr("needs its private key"));
  options_.key = Write("key.pem", own.key);
  EXPECT_TRUE(Call().ok()) << Call();
}

TEST_F(ClientSecurityTest, SaysWhenOnlyOneSideUsesTls) {
  Start(grpc::InsecureServerCredentials());
  EXPECT_THAT(CallError(), HasSubstr("no TLS connection to " + options_.server));
  StartTls();
  options_.ca_cert = "";
  EXPECT_THAT(CallError(), HasSubstr("does it want TLS"));
}

TEST_F(ClientSecurityTest, RefusesFilesThatAreNoGood) {
  options_.cert = Write("cert.pem", server_pair_.certificate);
  options_.key = Write("key.pem", "garbage");
  EXPECT_THAT(CallError(), HasSubstr("tls.private_key: holds no private key"));
  options_.key = Write("key.pem", authority_.Issue("another").key);
  EXPECT_EQ(CallError(), "tls.private_key: is not the key of the certificate");
  options_.cert = Write("cert.pem", "garbage");
  EXPECT_EQ(CallError(), "tls.certificate: holds no certificate in PEM");
  options_.ca_cert = Write("garbage.pem", "garbage");
  EXPECT_EQ(CallError(), "tls.authorities: hold no certificate in PEM");
}

TEST_F(ClientSecurityTest, ShowsItsToken) {
  options_.ca_cert = "";
  Start(grpc::InsecureServerCredentials());
  ASSERT_TRUE(Call().ok()) << Call();
  EXPECT_EQ(service_.authorization, "");
  setenv("PIXELCLIP_TOKEN", "from-the-environment", 1);
  ASSERT_TRUE(Call().ok()) << Call();
  EXPECT_EQ(service_.authorization, "Bearer from-the-environment");
  options_.token_file = Write("token", "from-a-file\n");
  ASSERT_TRUE(Call().ok()) << Call();
  EXPECT_EQ(service_.authorization, "Bearer from-a-file");
}

TEST_F(ClientSecurityTest, RefusesBadTokensWithoutTellingThem) {
  options_.token_file = Write("token", " \n");
  EXPECT_THAT(CallError(), HasSubstr("--token-file: " + options_.token_file + ": holds no token"));
  options_.token_file = Write("token", "two\nsecrets\n");
  EXPECT_THAT(CallError(), AllOf(HasSubstr("token: "), Not(HasSubstr("secrets"))));
  options_.token_file += "-missing";
  EXPECT_THAT(CallError(), HasSubstr(options_.token_file));
}

TEST_F(ClientSecurityTest, KeepsTokensOffNetworksWithoutTls) {
  options_.ca_cert = "";
  options_.token_file = Write("token", "secret");
  for (const char* far :
       {"example.com:50051", "10.0.0.1:50051", "127.example.com:50051", "[2001:db8::1]:50051",
        "dns:///localhost:50051", "localhost.example.com:50051", "unix.example.com:50051"}) {
    options_.server = far;
    EXPECT_THAT(std::string(MakeClient(options_).status().message()),
                AllOf(HasSubstr(far), HasSubstr("plain text"), Not(HasSubstr("secret"))));
  }
  for (const char* near : {"localhost:50051", "127.0.0.1:50051", "[::1]:50051", "unix:/run/pixelclip.sock"}) {
    options_.server = near;
    EXPECT_TRUE(MakeClient(options_).ok()) << near;
  }
  options_.server = "example.com:50051";
  options_.allow_plain_text_token = true;
  EXPECT_TRUE(MakeClient(options_).ok());
  options_.allow_plain_text_token = false;
  options_.tls = true;
  EXPECT_TRUE(MakeClient(options_).ok());
}

}  // namespace
}  // namespace pixelclip
