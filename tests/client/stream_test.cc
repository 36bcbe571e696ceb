// Streams, and vocabularies that the server keeps.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/cpp/client.h"
#include "client/cpp/segment_stream.h"
#include "core/field_error.h"
#include "core/image/png.h"
#include "google/rpc/error_details.pb.h"
#include "pixelclip/v1/segmentation.grpc.pb.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers pictures by what they say: "bad" with an error, "late" with `skipped`, "nothing" with neither, all
// others with one pixel of the class "dog". Refuses the model "none".
class StreamService : public v1::Segmentation::Service {
 public:
  v1::SegmentStreamStart start;
  v1::SegmentRequest request;
  v1::RegisterVocabularyRequest registration;
  absl::Notification stream_has_ended;

  grpc::Status SegmentStream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::SegmentStreamResponse, v1::SegmentStreamRequest>* stream) override {
    v1::SegmentStreamRequest message;
    stream->Read(&message);
    start = message.start();
    if (start.model() == "none") return Refusal("model").first;
    while (stream->Read(&message)) {
      v1::SegmentStreamResponse answer;
      answer.set_id(message.picture().id());
      const std::string& said = message.picture().image().encoded();
      if (said == "bad") {
        *answer.mutable_error() = Refusal("image.encoded").second;
      } else if (said == "late") {
        answer.set_skipped(true);
      } else if (said != "nothing") {
        FillResponse(*answer.mutable_response());
      }
      stream->Write(answer);
    }
    stream_has_ended.Notify();
    return grpc::Status::OK;
  }

  grpc::Status Segment(grpc::ServerContext*, const v1::SegmentRequest* sent,
                       v1::SegmentResponse* response) override {
    request = *sent;
    FillResponse(*response);
    return grpc::Status::OK;
  }

  grpc::Status RegisterVocabulary(grpc::ServerContext*, const v1::RegisterVocabularyRequest* sent,
                                  v1::RegisterVocabularyResponse* response) override {
    registration = *sent;
    response->set_vocabulary_id("0123");
    return grpc::Status::OK;
  }

 private:
  static void FillResponse(v1::SegmentResponse& response) {
    response.set_width(1);
    response.set_height(1);
    response.mutable_label_map()->set_png(*EncodePng(LabelMap{1, 1, {0}}));
    response.add_classes()->set_name("dog");
  }

  // What is wrong with a field, as the status of a call and of a picture.
  static std::pair<grpc::Status, google::rpc::Status> Refusal(const std::string& field) {
    google::rpc::BadRequest blamed;
    blamed.add_field_violations()->set_field(field);
    blamed.mutable_field_violations(0)->set_description("is wrong");
    google::rpc::Status rich;
    rich.set_code(static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
    rich.set_message(field + ": is wrong");
    rich.add_details()->PackFrom(blamed);
    return {{grpc::StatusCode::INVALID_ARGUMENT, rich.message(), rich.SerializeAsString()}, rich};
  }
};

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    options_.server = absl::StrCat("127.0.0.1:", port);
    client_ = *Client::Create(options_);
    vocabulary_.classes = {{"dog", {"hound"}}};
    vocabulary_.background = Background{"nothing", {"sky"}, 0.1f};
  }

  StreamService service_;
  std::unique_ptr<grpc::Server> server_;
  ClientOptions options_;
  std::unique_ptr<Client> client_;
  Vocabulary vocabulary_;
};

TEST_F(StreamTest, AnswersEveryPicture) {
  const auto stream = client_->OpenStream(vocabulary_);
  std::thread sender([&] {
    for (uint64_t id = 0; id < 50; ++id) EXPECT_TRUE(stream->Send(id, "picture"));
    stream->DoneSending();
  });
  uint64_t answered = 0;
  while (true) {
    const auto answer = stream->Receive();
    ASSERT_TRUE(answer.ok()) << answer.status();
    if (!*answer) break;
    EXPECT_EQ((*answer)->id, answered++);
    ASSERT_TRUE((*answer)->result.ok()) << (*answer)->result.status();
    EXPECT_EQ((*answer)->result->segmentation.classes[0].name, "dog");
  }
  sender.join();
  EXPECT_EQ(answered, 50u);
  EXPECT_FALSE((*stream->Receive()).has_value()) << "and so it stays";
}

TEST_F(StreamTest, SaysWhatItIsFor) {
  StreamOptions options;
  options.request.model = "mini";
  options.request.label_map = LabelMapTransport::kRle;
  options.request.priority = RequestPriority::kLow;
  options.request.tiling = TilingOptions{512, 64};
  options.max_in_flight = 7;
  options.latest_only = true;
  const auto stream = client_->OpenStream(vocabulary_, options);
  stream->DoneSending();
  EXPECT_FALSE((*stream->Receive()).has_value());
  const v1::SegmentStreamStart& start = service_.start;
  EXPECT_EQ(start.vocabulary().classes(0).synonyms(0), "hound");
  EXPECT_EQ(start.background().words(0), "sky");
  EXPECT_EQ(start.model(), "mini");
  EXPECT_EQ(start.outputs().label_map(), v1::LABEL_MAP_ENCODING_RLE);
  EXPECT_EQ(start.priority(), v1::PRIORITY_LOW);
  EXPECT_EQ(start.tiling().overlap(), 64u);
  EXPECT_EQ(start.max_in_flight(), 7u);
  EXPECT_TRUE(start.latest_only());
}

TEST_F(StreamTest, GoesOnAfterAPictureThatFails) {
  const auto stream = client_->OpenStream(vocabulary_);
  const std::vector<std::string> pictures = {"bad", "late", "nothing", "good"};
  for (size_t i = 0; i < pictures.size(); ++i) stream->Send(i, pictures[i]);
  stream->DoneSending();
  std::vector<absl::StatusCode> codes;
  std::vector<bool> skipped;
  for (auto answer = *stream->Receive(); answer; answer = *stream->Receive()) {
    if (answer->id == 0) {
      EXPECT_EQ(FieldOf(answer->result.status()), "image.encoded");
    }
    codes.push_back(answer->result.status().code());
    skipped.push_back(answer->skipped);
  }
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kInvalidArgument, absl::StatusCode::kCancelled,
                                 absl::StatusCode::kInternal, absl::StatusCode::kOk));
  EXPECT_THAT(skipped, ElementsAre(false, true, false, false));
}

TEST_F(StreamTest, SaysWhyItWasRefused) {
  StreamOptions options;
  options.request.model = "none";
  const auto stream = client_->OpenStream(vocabulary_, options);
  EXPECT_EQ(FieldOf(stream->Receive().status()), "model");
  EXPECT_EQ(FieldOf(stream->Receive().status()), "model") << "once more";
  EXPECT_FALSE(stream->Send(1, "picture"));
}

TEST_F(StreamTest, DoesNotBeginWithWordsThatNoServerCouldRead) {
  vocabulary_.background->words.push_back("s\xffy");
  const auto stream = client_->OpenStream(vocabulary_);
  EXPECT_FALSE(stream->Send(1, "picture"));
  stream->DoneSending();
  EXPECT_EQ(stream->Receive().status().message(), "background.words[1]: is not valid UTF-8");
}

TEST_F(StreamTest, CanBeCancelledWhileSomebodyReceives) {
  const auto stream = client_->OpenStream(vocabulary_);
  std::thread other([&] { stream->Cancel(); });
  EXPECT_EQ(stream->Receive().status().code(), absl::StatusCode::kCancelled);
  other.join();
}

TEST_F(StreamTest, LeavesNothingBehind) {
  {
    const auto stream = client_->OpenStream(vocabulary_);
    client_.reset();
    EXPECT_TRUE(stream->Send(1, "picture")) << "outlives the client";
    EXPECT_TRUE(stream->Receive().ok());
  }
  service_.stream_has_ended.WaitForNotification();
}

TEST_F(StreamTest, SaysWhereNoServerAnswers) {
  server_->Shutdown();
  const auto stream = client_->OpenStream(vocabulary_);
  const absl::Status status = stream->Receive().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no server answers at " + options_.server));
}

TEST_F(StreamTest, NamesAVocabularyThatTheServerKeeps) {
  const auto registered = client_->RegisterVocabulary(vocabulary_, "mini");
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registered->id, "0123");
  EXPECT_EQ(service_.registration.vocabulary().classes(0).name(), "dog");
  EXPECT_EQ(service_.registration.model(), "mini");

  ASSERT_TRUE(client_->Segment("picture", *registered).ok());
  EXPECT_EQ(service_.request.vocabulary_id(), "0123");
  EXPECT_FALSE(service_.request.has_vocabulary());
  EXPECT_EQ(service_.request.background().name(), "nothing");

  const auto stream = client_->OpenStream(*registered);
  stream->DoneSending();
  EXPECT_FALSE((*stream->Receive()).has_value());
  EXPECT_EQ(service_.start.vocabulary_id(), "0123");
}

}  // namespace
}  // namespace pixelclip
