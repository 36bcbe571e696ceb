#include "server/bearer_tokens.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/test/server_context_test_spouse.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAlice[] = "alice-0123456789";
constexpr char kBob[] = "bob-0123456789abcdef==";

class BearerTokensTest : public ::testing::Test {
 protected:
  void Write(const std::string& content) const { std::ofstream(options_.file) << content; }

  absl::Status LoadStatus(const std::string& content) const {
    Write(content);
    return BearerTokens::Load(options_, /*encrypted=*/true).status();
  }

  std::unique_ptr<BearerTokens> Loaded(const std::string& content) const {
    Write(content);
    return *BearerTokens::Load(options_, /*encrypted=*/true);
  }

  static absl::Status Check(const BearerTokens& tokens, std::initializer_list<std::string> authorizations) {
    grpc::ServerContext context;
    grpc::testing::ServerContextTestSpouse spouse(&context);
    for (const std::string& value : authorizations) spouse.AddClientMetadata("authorization", value);
    return tokens.Check(context);
  }

  static bool Admits(const BearerTokens& tokens, const std::string& token) {
    return Check(tokens, {"Bearer " + token}).ok();
  }

  const BearerTokenOptions options_ = {::testing::TempDir() + "/bearer_tokens_test", false};
};

TEST_F(BearerTokensTest, AdmitThoseOfTheFile) {
  const auto tokens = Loaded(absl::StrCat("# who may call\n", kAlice, "\r\n\n  ", kBob, "  \n"));
  EXPECT_TRUE(Admits(*tokens, kAlice));
  EXPECT_TRUE(Admits(*tokens, kBob));
  EXPECT_TRUE(Check(*tokens, {absl::StrCat("bearer  ", kAlice)}).ok()) << "HTTP's schemes have no case";
  EXPECT_FALSE(Admits(*tokens, ""));
  EXPECT_FALSE(Admits(*tokens, "# who may call"));
  EXPECT_FALSE(Admits(*tokens, std::string(kAlice).substr(1)));
  EXPECT_FALSE(Admits(*tokens, absl::StrCat(kAlice, "x")));
}

TEST_F(BearerTokensTest, SayWhatIsWrongButNoToken) {
  const auto tokens = Loaded(kAlice);
  const std::string secret = "a-token-of-another-server";
  for (const absl::Status& status :
       {Check(*tokens, {}), Check(*tokens, {secret}), Check(*tokens, {"Basic " + secret}),
        Check(*tokens, {"Bearer " + secret}),
        Check(*tokens, {absl::StrCat("Bearer ", kAlice), "Bearer x"})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(status.message()), AllOf(Not(HasSubstr(secret)), Not(HasSubstr(kAlice))));
  }
}

TEST_F(BearerTokensTest, AdmitEveryoneWithoutAFile) {
  const auto tokens = *BearerTokens::Load({}, /*encrypted=*/false);
  EXPECT_TRUE(Check(*tokens, {}).ok());
  tokens->Reload();
  EXPECT_TRUE(Check(*tokens, {}).ok());
}

TEST_F(BearerTokensTest, AreNotTakenInPlainTextUnlessThatIsAllowed) {
  Write(kAlice);
  BearerTokenOptions options = options_;
  EXPECT_THAT(std::string(BearerTokens::Load(options, false).status().message()),
              AllOf(HasSubstr("--token-file"), HasSubstr("--allow-plain-text-tokens")));
  options.allow_plain_text = true;
  EXPECT_TRUE(BearerTokens::Load(options, false).ok());
}

TEST_F(BearerTokensTest, AreRefusedAtStartIfTheFileIsBad) {
  const auto message = [&](const std::string& content) { return std::string(LoadStatus(content).message()); };
  const std::string prefix = "--token-file: " + options_.file + ": ";
  EXPECT_EQ(message(""), prefix + "is empty");
  EXPECT_EQ(message("# nothing but words\n"), prefix + "holds no token");
  EXPECT_EQ(message(absl::StrCat(kAlice, "\nshort\n")),
            prefix + "line 2: a token has 16 to 4096 characters, not 5");
  EXPECT_EQ(message("two words 0123456789\n"),
            prefix + "line 1: a token may only have letters, digits and -._~+/=");
  std::string many;
  for (int i = 0; i <= 1000; ++i) absl::StrAppend(&many, kAlice, i, "\n");
  EXPECT_EQ(message(many), prefix + "line 1001: more than 1000 tokens");
  std::remove(options_.file.c_str());
  EXPECT_THAT(std::string(BearerTokens::Load(options_, true).status().message()),
              HasSubstr(prefix + "No such file"));
}

TEST_F(BearerTokensTest, ChangeWithTheFile) {
  const auto tokens = Loaded(kAlice);
  Write(kBob);
  tokens->Reload();
  EXPECT_FALSE(Admits(*tokens, kAlice));
  EXPECT_TRUE(Admits(*tokens, kBob));
}

TEST_F(BearerTokensTest, StayWhenTheNewFileIsBadAndLogThatOnce) {
  const auto tokens = Loaded(kAlice);
  ::testing::internal::CaptureStderr();
  Write("");
  tokens->Reload();
  tokens->Reload();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(Admits(*tokens, kAlice));
  EXPECT_EQ(log.find("tokens not reloaded"), log.rfind("tokens not reloaded")) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("error"), HasSubstr("is empty"), Not(HasSubstr(kAlice))));
}

// As a service uses them.
class GuardedService : public v1::Segmentation::Service {
 public:
  explicit GuardedService(const BearerTokens& tokens) : tokens_(tokens) {}

  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest*,
                          v1::ListModelsResponse*) override {
    const absl::Status status = tokens_.Check(*context);
    return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
  }

 private:
  const BearerTokens& tokens_;
};

TEST_F(BearerTokensTest, GuardARealServer) {
  const auto tokens = Loaded(kAlice);
  GuardedService service(*tokens);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub = v1::Segmentation::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  const auto call = [&](const std::string& token) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    v1::ListModelsResponse response;
    return stub->ListModels(&context, {}, &response).error_code();
  };
  EXPECT_EQ(call(kAlice), grpc::StatusCode::OK);
  EXPECT_EQ(call(kBob), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(call(""), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace pixelclip
