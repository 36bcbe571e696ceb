// What the server answers: requests, streams, models.
#include "server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/image/png.h"
#include "core/image/rle.h"
#include "pixelclip/v1/model_admin.grpc.pb.h"
#include "tests/testing/gated_segmenter.h"
#include "tests/testing/server_fixture.h"

namespace pixelclip {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::Gate;
using testing::GatedSegmenter;
using ::testing::HasSubstr;
using testing::ServerTest;

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

  request = Request();
  request.mutable_outputs()->add_score_maps("no such class");
  EXPECT_EQ(RefusedField(request), "outputs.score_maps[0]");

  request = Request();
  request.set_priority(static_cast<v1::Priority>(9));
  EXPECT_EQ(RefusedField(request), "priority");

  request = Request();
  request.mutable_tiling()->set_tile_size(5);
  EXPECT_EQ(RefusedField(request), "tiling.tile_size");

  request = Request();
  request.mutable_tiling()->set_global_weight(1.5f);
  EXPECT_EQ(RefusedField(request), "tiling.global_weight");

  request = Request();
  request.mutable_inference()->set_fit(static_cast<v1::InputFit>(9));
  EXPECT_EQ(RefusedField(request), "inference.fit");

  request = Request();
  request.mutable_inference()->set_resolution(100);
  EXPECT_EQ(RefusedField(request), "inference.resolution");

  request = Request();
  request.mutable_inference()->set_refine_steps(51);
  EXPECT_EQ(RefusedField(request), "inference.refine_steps");

  request = Request();
  request.mutable_vocabulary()->set_template_set(static_cast<v1::TemplateSet>(9));
  EXPECT_EQ(RefusedField(request), "vocabulary.template_set");

  request = Request();
  request.mutable_vocabulary()->set_template_set(v1::TEMPLATE_SET_IMAGENET);
  request.mutable_vocabulary()->add_templates("a {}");
  EXPECT_EQ(RefusedField(request), "vocabulary.template_set");

  request = Request();
  request.mutable_vocabulary()->set_synonym_rule(static_cast<v1::SynonymRule>(9));
  EXPECT_EQ(RefusedField(request), "vocabulary.synonym_rule");

  request = Request();
  request.mutable_background()->set_score_threshold(0.5f);
  request.mutable_background()->set_softmax_scale(-1);
  EXPECT_EQ(RefusedField(request), "background.softmax_scale");

  request = Request();
  request.mutable_tiling();
  request.mutable_outputs()->set_keep_features(true);
  EXPECT_EQ(RefusedField(request), "outputs.keep_features");

  request = Request();
  request.set_vocabulary_id("both");
  EXPECT_EQ(RefusedField(request), "vocabulary_id");
}

TEST_F(ServerTest, RefusesAMessageThatIsTooLarge) {
  v1::SegmentRequest request = Request();
  request.mutable_image()->set_encoded(std::string(2 << 20, 'x'));
  EXPECT_EQ(RefusedField(request), "request");
  v1::SegmentResponse response;
  EXPECT_THAT(Segment(request, &response).error_message(), HasSubstr("at most 1048576 are accepted"));
}

TEST_F(ServerTest, SaysWhatIsWrongWithBytesThatAreNoRequest) {
  // A word that is not UTF-8; gRPC would answer UNIMPLEMENTED, and end a stream as if nothing had been sent.
  v1::SegmentRequest request = Request();
  request.mutable_vocabulary()->mutable_classes(0)->set_name("d?g");
  std::string bytes = request.SerializeAsString();
  bytes.replace(bytes.find("d?g"), 3, "d\xffg");
  const grpc::Slice slice(bytes);
  grpc::ByteBuffer buffer(&slice, 1);
  for (const char* method : {"Segment", "SegmentStream", "RegisterVocabulary"}) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, absl::StrCat("/pixelclip.v1.Segmentation/", method), &queue);
    void* tag = nullptr;
    bool ok = false;
    grpc::Status status;
    call->StartCall(&tag);
    ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
    call->WriteLast(buffer, {}, &tag);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    call->Finish(&status, &tag);
    ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_THAT(status.error_message(), HasSubstr("not UTF-8")) << method;
    EXPECT_EQ(context.GetServerTrailingMetadata().count("x-request-id"), 1u) << method;
  }
}

TEST_F(ServerTest, ShortensWhatWouldNotFitIntoTrailers) {
  v1::SegmentRequest request = Request();
  for (int i = 0; i < 20000; ++i) request.mutable_model()->append("\xc3\xa9");
  EXPECT_EQ(RefusedField(request), "model");
  v1::SegmentResponse response;
  const std::string message = Segment(request, &response).error_message();
  EXPECT_LE(message.size(), 1280u);
  EXPECT_THAT(message, EndsWith("this server has \"fake\""));
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
  ServerState state(settings, *BearerTokens::Load({}, false));
  const auto second = Server::Open(state, *security_);
  ASSERT_TRUE(second.ok()) << second.status();
  const absl::Status serving = (*second)->Serve();
  EXPECT_EQ(serving.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(serving.message()), HasSubstr(server_->address()));
}

TEST_F(ServerTest, NamesAHandleThatIsNotThere) {
  const auto not_found = [this](const v1::SegmentRequest& request) {
    v1::SegmentResponse response;
    const grpc::Status status = Segment(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    google::rpc::Status details;
    google::rpc::BadRequest bad_request;
    EXPECT_TRUE(details.ParseFromString(status.error_details()) && details.details_size() == 1 &&
                details.details(0).UnpackTo(&bad_request));
    return bad_request.field_violations(0).field();
  };
  v1::SegmentRequest request = Request();
  request.clear_vocabulary();
  request.set_vocabulary_id("0123");
  EXPECT_EQ(not_found(request), "vocabulary_id");
  request = Request();
  request.mutable_image()->set_features_id("0123");
  EXPECT_EQ(not_found(request), "image.features_id");
}

TEST_F(ServerTest, TakesARegisteredVocabulary) {
  v1::SegmentRequest request = Request();
  v1::RegisterVocabularyRequest registration;
  *registration.mutable_vocabulary() = request.vocabulary();
  v1::RegisterVocabularyResponse registered;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->RegisterVocabulary(&context, registration, &registered).ok());
  EXPECT_EQ(registered.vocabulary_id().size(), 32u);

  const v1::SegmentResponse expected = MustSegment(request);
  request.clear_vocabulary();
  request.set_vocabulary_id(registered.vocabulary_id());
  EXPECT_EQ(MustSegment(request).label_map().png(), expected.label_map().png());
  request.mutable_background()->set_score_threshold(0.9f);
  EXPECT_EQ(MustSegment(request).classes_size(), 4);
}

TEST_F(ServerTest, RefusesToRegisterWhatItCouldNotEmbed) {
  v1::RegisterVocabularyRequest registration;
  v1::RegisterVocabularyResponse registered;
  grpc::ClientContext context;
  const grpc::Status status = stub_->RegisterVocabulary(&context, registration, &registered);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("vocabulary.classes"));
}

TEST_F(ServerTest, KeepsFeaturesForOtherWords) {
  v1::SegmentRequest request = Request();
  request.mutable_outputs()->set_keep_features(true);
  const v1::SegmentResponse first = MustSegment(request);
  EXPECT_EQ(first.features_id().size(), 32u);
  EXPECT_GT(first.features_expire_seconds(), 0);

  request.mutable_image()->set_features_id(first.features_id());
  const v1::SegmentResponse again = MustSegment(request);
  EXPECT_EQ(again.label_map().png(), first.label_map().png());
  EXPECT_EQ(again.features_id(), first.features_id());
  EXPECT_EQ(again.seconds().encoder(), 0);
  request.mutable_tiling();
  request.mutable_outputs()->set_keep_features(false);
  EXPECT_EQ(RefusedField(request), "tiling");
  request.clear_tiling();
  request.mutable_inference()->set_fit(v1::INPUT_FIT_KEEP_ASPECT);
  EXPECT_EQ(RefusedField(request), "inference.fit");
  request.mutable_inference()->clear_fit();
  request.mutable_inference()->set_resolution(64);
  EXPECT_EQ(RefusedField(request), "inference.resolution");
  request.mutable_inference()->clear_resolution();
  request.mutable_inference()->set_refine_steps(3);
  EXPECT_EQ(RefusedField(request), "inference.refine_steps");
}

TEST_F(ServerTest, LooksAtAPictureInEveryWay) {
  v1::SegmentRequest request = Request();
  const std::string published = MustSegment(request).label_map().png();
  request.mutable_inference()->set_fit(v1::INPUT_FIT_KEEP_ASPECT);
  request.mutable_inference()->set_resolution(128);
  EXPECT_EQ(MustSegment(request).label_map().png(), published) << "the fake network does not look at inputs";
  request.mutable_inference()->set_refine_steps(5);
  const v1::SegmentResponse refined = MustSegment(request);
  EXPECT_EQ(refined.classes_size(), 3);
  request.mutable_vocabulary()->set_template_set(v1::TEMPLATE_SET_NONE);
  request.mutable_vocabulary()->set_synonym_rule(v1::SYNONYM_RULE_BEST);
  EXPECT_EQ(MustSegment(request).label_map().png(), refined.label_map().png());
}

TEST_F(ServerTest, TilesAPicture) {
  v1::SegmentRequest request = Request();
  v1::RawImage* raw = request.mutable_image()->mutable_raw();
  raw->set_width(100);
  raw->set_height(90);
  raw->set_data(std::string(9000, '\x10'));
  request.mutable_tiling()->set_tile_size(64);
  const v1::SegmentResponse response = MustSegment(request);
  EXPECT_EQ(response.width(), 100u);
  EXPECT_EQ(response.height(), 90u);
  uint64_t pixels = 0;
  for (const v1::ClassResult& item : response.classes()) pixels += item.pixels();
  EXPECT_EQ(pixels, 9000u);

  // The fake's scores are the same for the whole as for each tile: the whole alone has the untiled labels.
  request.mutable_tiling()->set_global_weight(1);
  request.mutable_inference()->set_refine_steps(2);
  request.mutable_inference()->set_fit(v1::INPUT_FIT_KEEP_ASPECT);
  const v1::SegmentResponse with_global = MustSegment(request);
  pixels = 0;
  for (const v1::ClassResult& item : with_global.classes()) pixels += item.pixels();
  EXPECT_EQ(pixels, 9000u);
}

TEST_F(ServerTest, StreamAnswersEveryPicture) {
  grpc::ClientContext context;
  const auto stream = stub_->SegmentStream(&context);
  v1::SegmentStreamRequest message;
  *message.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  message.mutable_start()->set_max_in_flight(3);
  ASSERT_TRUE(stream->Write(message));
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) {
      v1::SegmentStreamRequest picture;
      picture.mutable_picture()->set_id(i);
      if (i == 7) {
        picture.mutable_picture()->mutable_image()->set_encoded("no picture");
      } else {
        *picture.mutable_picture()->mutable_image() = Request().image();
      }
      EXPECT_TRUE(stream->Write(picture));
    }
    stream->WritesDone();
  });
  std::set<uint64_t> answered;
  v1::SegmentStreamResponse response;
  while (stream->Read(&response)) {
    EXPECT_TRUE(answered.insert(response.id()).second);
    EXPECT_EQ(response.has_error(), response.id() == 7);
    if (response.has_response()) {
      EXPECT_EQ(response.response().classes_size(), 3);
    }
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered.size(), 20u);
}

TEST_F(ServerTest, StreamGoesOnAfterAPictureThatIsTooLarge) {
  grpc::ClientContext context;
  const auto stream = stub_->SegmentStream(&context);
  v1::SegmentStreamRequest start, large, picture;
  *start.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  large.mutable_picture()->set_id(1);
  large.mutable_picture()->mutable_image()->set_encoded(std::string(2 << 20, 'x'));
  picture.mutable_picture()->set_id(2);
  *picture.mutable_picture()->mutable_image() = Request().image();
  stream->Write(start);
  stream->Write(large);
  stream->Write(picture);
  stream->WritesDone();
  int answers = 0;
  v1::SegmentStreamResponse response;
  for (; stream->Read(&response); ++answers) {
    if (response.id() == 2) {
      EXPECT_TRUE(response.has_response());
      continue;
    }
    EXPECT_EQ(response.error().code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
    EXPECT_THAT(response.error().message(), HasSubstr("at most 1048576 are accepted"));
  }
  EXPECT_EQ(answers, 2);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, StreamDoesNotWaitForRoomThatWillNeverBe) {
  settings_.max_bytes_in_flight = 512 << 10;
  Start(std::make_shared<testing::FakeSegmenter>());
  grpc::ClientContext context;
  const auto stream = stub_->SegmentStream(&context);
  v1::SegmentStreamRequest start, picture;
  *start.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  for (int i = 0; i < 16; ++i) start.mutable_start()->mutable_outputs()->add_score_maps("sky");
  v1::RawImage* raw = picture.mutable_picture()->mutable_image()->mutable_raw();
  raw->set_width(100);
  raw->set_height(100);
  raw->set_format(v1::PIXEL_FORMAT_GRAY8);
  raw->set_data(std::string(10000, '\x10'));
  stream->Write(start);
  stream->Write(picture);
  stream->WritesDone();
  v1::SegmentStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error().code(), static_cast<int>(grpc::StatusCode::RESOURCE_EXHAUSTED));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, StreamSaysWhatIsWrongWithIt) {
  const auto refused = [this](const std::vector<v1::SegmentStreamRequest>& messages) {
    grpc::ClientContext context;
    const auto stream = stub_->SegmentStream(&context);
    for (const auto& message : messages) stream->Write(message);
    v1::SegmentStreamResponse response;
    while (stream->Read(&response)) continue;
    return stream->Finish().error_message();
  };
  v1::SegmentStreamRequest start, picture;
  *start.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  *picture.mutable_picture()->mutable_image() = Request().image();
  EXPECT_THAT(refused({picture}), HasSubstr("start: required"));
  EXPECT_THAT(refused({start, start}), HasSubstr("start: only the first"));
  EXPECT_THAT(refused({{}}), HasSubstr("message: required"));
  start.mutable_start()->set_max_in_flight(65);
  EXPECT_THAT(refused({start}), HasSubstr("start.max_in_flight"));
  start.mutable_start()->set_model("none");
  start.mutable_start()->set_max_in_flight(1);
  EXPECT_THAT(refused({start}), HasSubstr("model"));
}

TEST_F(ServerTest, LatestOnlySkipsWhatItCannotKeepUpWith) {
  Gate gate;
  Start(std::make_shared<GatedSegmenter>(&gate));
  grpc::ClientContext context;
  const auto stream = stub_->SegmentStream(&context);
  v1::SegmentStreamRequest start;
  *start.mutable_start()->mutable_vocabulary() = Request().vocabulary();
  start.mutable_start()->set_max_in_flight(1);
  start.mutable_start()->set_latest_only(true);
  ASSERT_TRUE(stream->Write(start));
  const auto send = [&](uint64_t id) {
    v1::SegmentStreamRequest picture;
    picture.mutable_picture()->set_id(id);
    *picture.mutable_picture()->mutable_image() = Request().image();
    ASSERT_TRUE(stream->Write(picture));
  };
  send(1);
  gate.AwaitWaiting();
  for (uint64_t id = 2; id <= 5; ++id) send(id);
  v1::SegmentStreamResponse response;
  for (uint64_t id = 2; id <= 4; ++id) {  // each is pushed out by the next
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_TRUE(response.skipped());
    EXPECT_EQ(response.id(), id);
  }
  gate.Open();
  stream->WritesDone();
  std::vector<uint64_t> answered;
  while (stream->Read(&response)) {
    EXPECT_TRUE(response.has_response());
    answered.push_back(response.id());
  }
  EXPECT_THAT(answered, ElementsAre(1, 5));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, LoadsAndUnloadsModels) {
  const auto admin = v1::ModelAdmin::NewStub(
      grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials()));
  const auto load = [&](const std::string& name, const std::string& path) {
    grpc::ClientContext context;
    v1::LoadModelRequest request;
    request.set_name(name);
    request.set_path(path);
    v1::LoadModelResponse response;
    return admin->LoadModel(&context, request, &response);
  };
  const auto unload = [&](const std::string& name) {
    grpc::ClientContext context;
    v1::UnloadModelRequest request;
    request.set_name(name);
    v1::UnloadModelResponse response;
    return admin->UnloadModel(&context, request, &response);
  };
  EXPECT_THAT(load("", "x").error_message(), HasSubstr("name: required"));
  EXPECT_THAT(load(std::string(129, 'n'), "x").error_message(),
              HasSubstr("name: has 129 bytes; at most 128 are"));
  EXPECT_THAT(load("x", "/no/such/file").error_message(), HasSubstr("path: "));
  EXPECT_EQ(unload("fake").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(unload("none").error_code(), grpc::StatusCode::NOT_FOUND);

  ASSERT_TRUE(load("mini", PIXELCLIP_MODELS "/mini").ok());
  v1::SegmentRequest request = Request();
  request.set_model("mini");
  EXPECT_EQ(MustSegment(request).model().name(), "mini");
  ASSERT_TRUE(unload("fake").ok());
  request.clear_model();
  EXPECT_EQ(MustSegment(request).model().name(), "mini");  // the default now
  request.set_model("fake");
  EXPECT_EQ(RefusedField(request), "model");

  const auto count = [&](const std::string& code, const std::string& method) {
    return Metric("grpc_server_handled_total{grpc_code=\"" + code + "\",grpc_method=\"" + method +
                  "\",grpc_service=\"pixelclip.v1.ModelAdmin\",grpc_type=\"unary\"}");
  };
  EXPECT_EQ(count("InvalidArgument", "LoadModel"), "3");
  EXPECT_EQ(count("OK", "LoadModel"), "1");
  EXPECT_EQ(count("FailedPrecondition", "UnloadModel"), "1");
  EXPECT_EQ(count("OK", "UnloadModel"), "1");
}

TEST_F(ServerTest, SaysWhatItIsAndWhatItsReplicasTake) {
  EXPECT_EQ(Metric("pixelclip_replica_memory_bytes{device=\"cpu\",model=\"fake\",replica=\"0\"}"), "12345");
  EXPECT_THAT(state_->metrics.Expose(),
              ContainsRegex("pixelclip_build_info.commit=\"(unknown|[0-9a-f]{12})\""));
}

}  // namespace
}  // namespace pixelclip
