// The whole server on loopback, with a segmenter that needs no network of neurons.
#include "server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/image/png.h"
#include "core/image/rle.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/testing/fake_segmenter.h"

namespace pixelclip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    settings_.listen = "127.0.0.1:0";
    settings_.max_request_bytes = 1 << 20;
    settings_.decode_limits.max_pixels = 10000;
    EXPECT_TRUE(models_.Add("fake", std::make_unique<testing::FakeSegmenter>()).ok());
    auto server = Server::Start(models_, settings_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::Segmentation::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  // A 12 x 2 picture and the classes dog, grass and sky.
  static v1::SegmentRequest Request() {
    v1::SegmentRequest request;
    v1::RawImage* raw = request.mutable_image()->mutable_raw();
    raw->set_width(12);
    raw->set_height(2);
    raw->set_format(v1::PIXEL_FORMAT_GRAY8);
    raw->set_data(std::string(24, '\x80'));
    for (const char* name : {"dog", "grass, lawn", "sky"})
      request.mutable_vocabulary()->add_classes()->set_name(name);
    return request;
  }

  grpc::Status Segment(const v1::SegmentRequest& request, v1::SegmentResponse* response) {
    grpc::ClientContext context;
    return stub_->Segment(&context, request, response);
  }

  v1::SegmentResponse MustSegment(const v1::SegmentRequest& request) {
    v1::SegmentResponse response;
    const grpc::Status status = Segment(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // The field that a refused request's BadRequest names.
  std::string RefusedField(const v1::SegmentRequest& request) {
    v1::SegmentResponse response;
    const grpc::Status status = Segment(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    google::rpc::Status details;
    google::rpc::BadRequest bad_request;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
    if (details.details_size() != 1 || !details.details(0).UnpackTo(&bad_request)) return "no BadRequest";
    EXPECT_EQ(bad_request.field_violations_size(), 1);
    const auto& violation = bad_request.field_violations(0);
    EXPECT_EQ(status.error_message(), violation.field() + ": " + violation.description());
    return violation.field();
  }

  ServerSettings settings_;
  ModelRegistry models_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::Segmentation::Stub> stub_;
};

TEST_F(ServerTest, AnswersWithMapSummaryAndProvenance) {
  const v1::SegmentResponse response = MustSegment(Request());
  EXPECT_EQ(response.width(), 12u);
  EXPECT_EQ(response.height(), 2u);
  ASSERT_EQ(response.classes_size(), 3);
  EXPECT_EQ(response.classes(1).label(), 1u);
  EXPECT_EQ(response.classes(1).name(), "grass, lawn");
  EXPECT_EQ(response.classes(1).pixels(), 8u);
  EXPECT_NEAR(response.classes(1).share(), 1.0 / 3, 1e-9);
  EXPECT_GT(response.classes(1).mean_score(), 0.5);
  EXPECT_EQ(response.classes(1).box().x(), 4u);
  EXPECT_EQ(response.classes(1).box().width(), 4u);
  EXPECT_EQ(response.model().name(), "fake");
  EXPECT_EQ(response.model().version(), "0123456789ab");
  EXPECT_FALSE(response.request_id().empty());
  EXPECT_GE(response.seconds().total(), response.seconds().classify());
  EXPECT_FALSE(response.has_best_scores());
}

TEST_F(ServerTest, EveryEncodingHoldsTheSameLabels) {
  std::vector<uint16_t> expected;
  for (int i = 0; i < 24; ++i) expected.push_back((i % 12) / 4);

  v1::SegmentRequest request = Request();
  const auto png = DecodeLabelPng(MustSegment(request).label_map().png());
  ASSERT_TRUE(png.ok()) << png.status();
  EXPECT_EQ(png->labels, expected);

  request.mutable_outputs()->set_label_map(v1::LABEL_MAP_ENCODING_RAW);
  const v1::SegmentResponse raw = MustSegment(request);
  EXPECT_EQ(raw.label_map().raw().bytes_per_label(), 1u);
  const std::string& bytes = raw.label_map().raw().labels();
  EXPECT_EQ(std::vector<uint16_t>(bytes.begin(), bytes.end()), expected);

  request.mutable_outputs()->set_label_map(v1::LABEL_MAP_ENCODING_RLE);
  const v1::SegmentResponse rle = MustSegment(request);
  std::vector<RleMask> masks;
  for (const v1::RleMask& mask : rle.label_map().rle().masks()) {
    masks.push_back({2, 12, mask.counts(), static_cast<uint16_t>(mask.label())});
  }
  const auto decoded = DecodeRle(masks);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->labels, expected);

  request.mutable_outputs()->set_label_map(v1::LABEL_MAP_ENCODING_NONE);
  EXPECT_FALSE(MustSegment(request).has_label_map());
}

TEST_F(ServerTest, ReturnsBackgroundAndScores) {
  v1::SegmentRequest request = Request();
  request.mutable_background()->set_score_threshold(0.9f);
  request.mutable_outputs()->set_best_scores(true);
  request.mutable_outputs()->add_score_maps("sky");
  const v1::SegmentResponse response = MustSegment(request);
  ASSERT_EQ(response.classes_size(), 4);
  EXPECT_EQ(response.classes(3).name(), "background");
  EXPECT_TRUE(response.classes(3).is_background());
  EXPECT_GT(response.classes(3).pixels(), 0u);
  EXPECT_TRUE(DecodeGrayPng(response.best_scores().png()).ok());
  ASSERT_EQ(response.score_maps_size(), 1);
  EXPECT_EQ(response.score_maps(0).class_name(), "sky");
}

TEST_F(ServerTest, NamesTheFieldOfEveryBadInput) {
  v1::SegmentRequest request = Request();
  request.clear_image();
  EXPECT_EQ(RefusedField(request), "image");

  request = Request();
  request.mutable_image()->set_encoded("not a picture");
  EXPECT_EQ(RefusedField(request), "image.encoded");

  request = Request();
  request.mutable_image()->mutable_raw()->set_data("short");
  EXPECT_EQ(RefusedField(request), "image.raw.data");

  request = Request();
  request.mutable_image()->mutable_raw()->set_format(v1::PIXEL_FORMAT_UNSPECIFIED);
  EXPECT_EQ(RefusedField(request), "image.raw.format");

  request = Request();
  request.mutable_image()->mutable_raw()->set_width(101);
  request.mutable_image()->mutable_raw()->set_height(100);
  EXPECT_EQ(RefusedField(request), "image.raw.height");  // too many pixels

  request = Request();
  request.clear_vocabulary();
  EXPECT_EQ(RefusedField(request), "vocabulary.classes");

  request = Request();
  request.mutable_vocabulary()->add_classes()->set_name("Dog ");
  EXPECT_EQ(RefusedField(request), "vocabulary.classes[3].name");

  request = Request();
  std::string endless;
  for (int i = 0; i < 80; ++i) endless += "word ";
  request.mutable_vocabulary()->mutable_classes(1)->set_name(endless);
  EXPECT_EQ(RefusedField(request), "vocabulary.classes[1].name");

  request = Request();
  request.mutable_vocabulary()->add_templates("no place for the word");
  EXPECT_EQ(RefusedField(request), "vocabulary.templates[0]");

  request = Request();
  request.mutable_background()->set_score_threshold(7);
  EXPECT_EQ(RefusedField(request), "background.score_threshold");

  request = Request();
  request.set_model("no such model");
  EXPECT_EQ(RefusedField(request), "model");

  request = Request();
  request.mutable_outputs()->set_label_map(static_cast<v1::LabelMapEncoding>(99));
  EXPECT_EQ(RefusedField(request), "outputs.label_map");

  request = Request();
  for (int i = 0; i < 17; ++i) request.mutable_outputs()->add_score_maps("sky");
  EXPECT_EQ(RefusedField(request), "outputs.score_maps");
}

TEST_F(ServerTest, RefusesAMessageThatIsTooLarge) {
  v1::SegmentRequest request = Request();
  request.mutable_image()->set_encoded(std::string(2 << 20, 'x'));
  v1::SegmentResponse response;
  const grpc::Status status = Segment(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("1048576"));
}

TEST_F(ServerTest, KeepsTheCallersRequestId) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "frame-0042");
  v1::SegmentResponse response;
  ASSERT_TRUE(stub_->Segment(&context, Request(), &response).ok());
  EXPECT_EQ(response.request_id(), "frame-0042");

  grpc::ClientContext hostile;
  hostile.AddMetadata("x-request-id", std::string(200, 'a'));
  ASSERT_TRUE(stub_->Segment(&hostile, Request(), &response).ok());
  EXPECT_EQ(response.request_id().size(), 16u);
}

TEST_F(ServerTest, ListsModelsAndLimits) {
  grpc::ClientContext context;
  v1::ListModelsResponse response;
  ASSERT_TRUE(stub_->ListModels(&context, {}, &response).ok());
  ASSERT_EQ(response.models_size(), 1);
  EXPECT_EQ(response.models(0).model().name(), "fake");
  EXPECT_EQ(response.models(0).input_width(), 32u);
  EXPECT_EQ(response.limits().max_image_pixels(), 10000u);
  EXPECT_EQ(response.limits().max_request_bytes(), 1u << 20);
}

TEST_F(ServerTest, ASecondServerCannotTakeTheSamePort) {
  ServerSettings settings = settings_;
  settings.listen = server_->address();
  const auto second = Server::Start(models_, settings);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(server_->address()));
}

TEST_F(ServerTest, ShutsDown) {
  server_->Shutdown();
  v1::SegmentResponse response;
  EXPECT_EQ(Segment(Request(), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace pixelclip
