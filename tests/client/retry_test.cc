// What the client does when the server refuses a call.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

// Refuses calls as often as the test says, then lists no models.
class BusyService : public v1::Segmentation::Service {
 public:
  int refusals = 0;
  grpc::StatusCode code = grpc::StatusCode::RESOURCE_EXHAUSTED;
  std::string pushback_millis;  // empty: none
  std::atomic<int> calls{0};

  grpc::Status Segment(grpc::ServerContext*, const v1::SegmentRequest*, v1::SegmentResponse*) override {
    ++calls;
    return grpc::Status(code, "busy");
  }

  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest*,
                          v1::ListModelsResponse*) override {
    if (calls++ >= refusals) return grpc::Status::OK;
    if (!pushback_millis.empty()) context->AddTrailingMetadata("grpc-retry-pushback-ms", pushback_millis);
    return grpc::Status(code, "busy");
  }
};

class RetryTest : public ::testing::Test {
 protected:
  RetryTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ClientOptions options;
    options.server = absl::StrCat("127.0.0.1:", port);
    client_ = *Client::Create(options);
  }

  absl::StatusCode Call() { return client_->ListModels().status().code(); }

  BusyService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(RetryTest, ComesBackWhenABusyServerSays) {
  service_.refusals = 3;
  service_.pushback_millis = "1";
  EXPECT_EQ(Call(), absl::StatusCode::kOk);
  EXPECT_EQ(service_.calls, 4);
}

TEST_F(RetryTest, ComesBackByItselfWhereTheServerSaysNothing) {
  service_.refusals = 1;
  EXPECT_EQ(Call(), absl::StatusCode::kOk);
  EXPECT_EQ(service_.calls, 2);
}

TEST_F(RetryTest, StaysAwayWhenTheServerSaysSo) {
  service_.refusals = 1;
  service_.pushback_millis = "-1";
  EXPECT_EQ(Call(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(RetryTest, TriesFourTimesAtMost) {
  service_.refusals = 100;
  service_.pushback_millis = "1";
  EXPECT_EQ(Call(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(service_.calls, 4);
}

TEST_F(RetryTest, DoesNotSendTwiceWhatIsProbablyTooLarge) {
  service_.code = grpc::StatusCode::RESOURCE_EXHAUSTED;  // with which gRPC refuses large messages by itself
  Vocabulary vocabulary;
  vocabulary.classes = {{"dog", {}}};
  EXPECT_EQ(client_->Segment(std::string(64 << 20, 'x'), vocabulary).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(RetryTest, ComesBackToAServerThatWasUnavailable) {
  service_.refusals = 1;
  service_.code = grpc::StatusCode::UNAVAILABLE;
  service_.pushback_millis = "1";
  EXPECT_EQ(Call(), absl::StatusCode::kOk);
}

TEST_F(RetryTest, DoesNotRepeatWhatMayHaveBeenDone) {
  service_.refusals = 1;
  service_.code = grpc::StatusCode::INTERNAL;
  EXPECT_EQ(Call(), absl::StatusCode::kInternal);
  EXPECT_EQ(service_.calls, 1);
}

TEST_F(RetryTest, DoesNotAddToTheTroubleOfAServerThatRefusesMostCalls) {
  service_.refusals = 1000;
  service_.pushback_millis = "1";
  for (int i = 0; i < 30; ++i) Call();
  const int before = service_.calls;
  EXPECT_LT(before, 30 * 4);
  Call();
  EXPECT_EQ(service_.calls, before + 1) << "no second attempt any more";
}

}  // namespace
}  // namespace pixelclip
