#include "client/cpp/client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/field_error.h"
#include "core/image/png.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// Answers Segment as the test says.
class FakeService : public v1::Segmentation::Service {
 public:
  std::function<grpc::Status(const v1::SegmentRequest&, v1::SegmentResponse&)> on_segment;
  std::atomic<int> calls{0};

  grpc::Status Segment(grpc::ServerContext*, const v1::SegmentRequest* request,
                       v1::SegmentResponse* response) override {
    ++calls;
    return on_segment(*request, *response);
  }

  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* response) override {
    v1::ModelInfo& info = *response->add_models();
    info.mutable_model()->set_name("mini");
    info.set_description("ViT, width 128");
    info.set_input_width(320);
    response->mutable_limits()->set_max_classes(2000);
    return grpc::Status::OK;
  }
};

// One pixel of the first class.
grpc::Status Succeed(const v1::SegmentRequest& request, v1::SegmentResponse& response) {
  response.set_width(1);
  response.set_height(1);
  response.mutable_label_map()->set_png(*EncodePng(LabelMap{1, 1, {0}}));
  response.add_classes()->set_name(request.vocabulary().classes(0).name());
  return grpc::Status::OK;
}

Vocabulary Words(const std::string& word) {
  Vocabulary vocabulary;
  vocabulary.classes = {{word, {}}};
  return vocabulary;
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    grpc::EnableDefaultHealthCheckService(true);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("localhost:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterService(&service_);
    service_.on_segment = Succeed;
    server_ = builder.BuildAndStart();
    options_.server = absl::StrCat("localhost:", port);
  }

  std::unique_ptr<Client> NewClient() const { return *Client::Create(options_); }

  FakeService service_;
  std::unique_ptr<grpc::Server> server_;
  ClientOptions options_;
};

TEST_F(ClientTest, Segments) {
  std::string received;
  service_.on_segment = [&](const v1::SegmentRequest& request, v1::SegmentResponse& response) {
    received = request.image().encoded();
    return Succeed(request, response);
  };
  const auto result = NewClient()->Segment("picture", Words("dog"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(received, "picture");
  EXPECT_EQ(result->segmentation.classes[0].name, "dog");
  EXPECT_EQ(result->segmentation.labels.width, 1);
}

TEST_F(ClientTest, MayBeUsedFromManyThreads) {
  const std::unique_ptr<Client> client = NewClient();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string word = absl::StrCat("word ", i);
      const auto result = client->Segment("picture", Words(word));
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->segmentation.classes[0].name, word);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ClientTest, TakesMessagesBeyondGrpcsFourMegabytes) {
  service_.on_segment = [](const v1::SegmentRequest& request, v1::SegmentResponse& response) {
    response.set_request_id(std::string(6 << 20, 'r'));
    return Succeed(request, response);
  };
  const auto result = NewClient()->Segment(std::string(6 << 20, 'x'), Words("dog"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->request_id.size(), 6 << 20);
}

TEST_F(ClientTest, NamesTheFieldsThatTheServerBlames) {
  service_.on_segment = [](const v1::SegmentRequest&, v1::SegmentResponse&) {
    google::rpc::BadRequest blamed;
    for (const auto& [field, problem] :
         {std::pair("vocabulary.classes[3].name", "is empty"), {"image.encoded", "is no picture"}}) {
      blamed.add_field_violations()->set_field(field);
      blamed.mutable_field_violations()->rbegin()->set_description(problem);
    }
    google::rpc::Status rich;
    rich.add_details()->PackFrom(blamed);
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "bad", rich.SerializeAsString());
  };
  const absl::Status status = NewClient()->Segment("picture", Words("dog")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "vocabulary.classes[3].name: is empty; image.encoded: is no picture");
  EXPECT_EQ(FieldOf(status), "vocabulary.classes[3].name");
}

TEST_F(ClientTest, PassesOtherErrorsOn) {
  service_.on_segment = [](const v1::SegmentRequest&, v1::SegmentResponse&) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "no model", "not a google.rpc.Status");
  };
  EXPECT_EQ(NewClient()->Segment("picture", Words("dog")).status(),
            absl::FailedPreconditionError("no model"));
  EXPECT_EQ(service_.calls, 1) << "is not worth another try";
}

TEST_F(ClientTest, DoesNotSendWhatNoServerCouldRead) {
  Vocabulary vocabulary = Words("dog");
  vocabulary.classes.push_back({"cat", {"kitten", "k\xfftten"}});
  const absl::Status bad_word = NewClient()->Segment("picture", vocabulary).status();
  EXPECT_EQ(bad_word.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bad_word.message(), "vocabulary.classes[1].synonyms[1]: is not valid UTF-8");
  EXPECT_EQ(FieldOf(NewClient()->RegisterVocabulary(vocabulary).status()),
            "vocabulary.classes[1].synonyms[1]");

  SegmentRequestOptions options;
  options.model = "\xff";
  EXPECT_EQ(FieldOf(NewClient()->Segment("picture", Words("dog"), options).status()), "model");
  EXPECT_EQ(service_.calls, 0);
  EXPECT_TRUE(NewClient()->Segment("\xff\xd8", Words("\xe7\x8a\xac")).ok()) << "pictures are no texts";
}

TEST_F(ClientTest, TellsAnUnknownHandleFromABadOne) {
  service_.on_segment = [](const v1::SegmentRequest& request, v1::SegmentResponse&) {
    google::rpc::BadRequest blamed;
    blamed.add_field_violations()->set_field("image.features_id");
    blamed.mutable_field_violations(0)->set_description(request.image().features_id() + " is not known");
    google::rpc::Status rich;
    rich.add_details()->PackFrom(blamed);
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "", rich.SerializeAsString());
  };
  const absl::Status status = NewClient()->SegmentFeatures("f1", Words("dog")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "image.features_id: f1 is not known");
  EXPECT_EQ(FieldOf(status), "image.features_id");
}

TEST_F(ClientTest, TriesAgainWhereTheServerDidNotTakeTheCall) {
  service_.on_segment = [&](const v1::SegmentRequest& request, v1::SegmentResponse& response) {
    if (service_.calls < 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
    return Succeed(request, response);
  };
  // Larger than the 256 KiB that gRPC would keep for another try on its own account.
  const auto result = NewClient()->Segment(std::string(1 << 20, 'x'), Words("dog"));
  EXPECT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(service_.calls, 3);
}

TEST_F(ClientTest, SaysWhereNoServerAnswers) {
  server_->Shutdown();
  const absl::Status status = NewClient()->Segment("picture", Words("dog")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no server answers at " + options_.server));
}

TEST_F(ClientTest, KeepsTheServersOwnMessageWhenItIsUnavailable) {
  service_.on_segment = [](const v1::SegmentRequest&, v1::SegmentResponse&) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
  };
  EXPECT_EQ(NewClient()->Segment("picture", Words("dog")).status().message(), "shutting down");
}

TEST_F(ClientTest, GivesUpAfterItsTimeout) {
  absl::Notification test_is_done;
  service_.on_segment = [&](const v1::SegmentRequest&, v1::SegmentResponse&) {
    test_is_done.WaitForNotification();
    return grpc::Status::OK;
  };
  options_.timeout_seconds = 0.05;
  const absl::Status status = NewClient()->Segment("picture", Words("dog")).status();
  test_is_done.Notify();
  server_->Shutdown();  // and wait for the call, which refers to this test
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("did not answer within 0.05 s"));
}

TEST_F(ClientTest, ListsModels) {
  const auto served = NewClient()->ListModels();
  ASSERT_TRUE(served.ok()) << served.status();
  ASSERT_EQ(served->models.size(), 1);
  EXPECT_EQ(served->models[0].id.name, "mini");
  EXPECT_EQ(served->models[0].input_width, 320);
  EXPECT_EQ(served->limits.max_classes, 2000);
}

TEST_F(ClientTest, AsksForHealth) {
  const std::unique_ptr<Client> client = NewClient();
  EXPECT_EQ(*client->IsServing(), true);
  server_->GetHealthCheckService()->SetServingStatus(false);
  EXPECT_EQ(*client->IsServing(), false);
}

TEST(ClientOptionsTest, AreChecked) {
  ClientOptions options;
  options.timeout_seconds = 0;
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = {};
  options.tls.emplace().certificate = "without its key";
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace pixelclip
