#include "server/service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/label_picture.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"
#include "server/convert.h"
#include "server/log.h"
#include "server/request_id.h"
#include "server/status_map.h"

namespace pixelclip {
namespace {

// The caller has gone, or its deadline has passed: what is left to do would be for nobody.
absl::Status CheckWanted(const grpc::ServerContext& context) {
  if (!context.IsCancelled()) return absl::OkStatus();
  return context.deadline() <= std::chrono::system_clock::now()
             ? absl::DeadlineExceededError("the deadline passed before the picture was encoded")
             : absl::CancelledError("the caller cancelled the call");
}

// "INVALID_ARGUMENT", as the rest of gRPC's world spells it.
std::string CodeName(const absl::Status& status) { return absl::StatusCodeToString(status.code()); }

void FillVersion(const ServedModel& model, v1::ModelVersion* version) {
  version->set_name(model.name);
  version->set_version(model.segmenter->version());
}

}  // namespace

SegmentationService::SegmentationService(const ModelRegistry& models, const ServerSettings& settings)
    : models_(models), settings_(settings) {}

grpc::Status SegmentationService::Segment(grpc::ServerContext* context, const v1::SegmentRequest* request,
                                          v1::SegmentResponse* response) {
  const Stopwatch stopwatch;
  const std::string request_id = RequestId(*context);
  context->AddInitialMetadata("x-request-id", request_id);
  response->set_request_id(request_id);
  const absl::Status status = SegmentOne(*context, *request, response);
  response->mutable_seconds()->set_total(stopwatch.Total());

  nlohmann::ordered_json fields = {{"request_id", request_id},
                                   {"method", "Segment"},
                                   {"code", CodeName(status)},
                                   {"seconds", stopwatch.Total()},
                                   {"classes", request->vocabulary().classes_size()},
                                   {"width", response->width()},
                                   {"height", response->height()}};
  // The field only: the message may quote the caller's words.
  if (!status.ok()) fields["field"] = FieldOf(status);
  if (absl::IsInternal(status)) fields["error"] = status.message();
  Log(absl::IsInternal(status) ? LogLevel::kError : LogLevel::kInfo, "call", fields);
  return ToGrpcStatus(status);
}

absl::Status SegmentationService::SegmentOne(const grpc::ServerContext& context,
                                             const v1::SegmentRequest& request,
                                             v1::SegmentResponse* response) const {
  const auto model = models_.Find(request.model());
  if (!model.ok()) return model.status();
  const Segmenter& segmenter = *(*model)->segmenter;
  const auto options = ToClassifyOptions(request.outputs());
  if (!options.ok()) return options.status();

  Stopwatch stopwatch;
  v1::StageTimes seconds;
  const auto image = ToImage(request.image(), settings_.decode_limits);
  if (!image.ok()) return image.status();
  seconds.set_decode(stopwatch.Lap());
  auto input = segmenter.Preprocess(*image);
  if (!input.ok()) return input.status();
  seconds.set_preprocess(stopwatch.Lap());

  absl::StatusOr<EmbeddedVocabulary> vocabulary;
  absl::StatusOr<ScoreGrid> scores;
  absl::Status wanted;
  (*model)->worker.Run([&] {
    seconds.set_queue(stopwatch.Lap());
    if (wanted = CheckWanted(context); !wanted.ok()) return;
    vocabulary = segmenter.EmbedVocabulary(ToVocabulary(request));
    seconds.set_text(stopwatch.Lap());
    if (!vocabulary.ok()) return;
    if (wanted = CheckWanted(context); !wanted.ok()) return;
    const auto features = segmenter.EncodeImages({*std::move(input)});
    seconds.set_encoder(stopwatch.Lap());
    scores = features.ok() ? segmenter.Score(features->front(), *vocabulary) : features.status();
  });
  if (!wanted.ok()) return wanted;
  if (!vocabulary.ok()) return vocabulary.status();
  if (!scores.ok()) return scores.status();

  const auto result = LabelPicture(*scores, *vocabulary, image->width, image->height, *options);
  if (!result.ok()) return result.status();
  seconds.set_classify(stopwatch.Lap());
  absl::Status encoded = FillResponse(*result, request.outputs().label_map(), response);
  if (!encoded.ok()) return encoded;
  seconds.set_encode(stopwatch.Lap());

  FillVersion(**model, response->mutable_model());
  *response->mutable_seconds() = seconds;
  return absl::OkStatus();
}

grpc::Status SegmentationService::ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                                             v1::ListModelsResponse* response) {
  for (const auto& model : models_.models()) {
    v1::ModelInfo* info = response->add_models();
    FillVersion(*model, info->mutable_model());
    info->set_description(Describe(model->segmenter->config()));
    info->set_input_width(model->segmenter->resolution());
    info->set_input_height(model->segmenter->resolution());
    info->set_embedding_dimensions(model->segmenter->config().embed_dim);
  }
  v1::Limits* limits = response->mutable_limits();
  limits->set_max_image_pixels(settings_.decode_limits.max_pixels);
  limits->set_max_request_bytes(settings_.max_request_bytes);
  limits->set_max_classes(settings_.vocabulary_limits.max_classes);
  limits->set_max_synonyms(settings_.vocabulary_limits.max_synonyms);
  limits->set_max_templates(settings_.vocabulary_limits.max_templates);
  limits->set_max_prompts(settings_.vocabulary_limits.max_prompts);
  limits->set_max_score_maps(kMaxScoreMaps);
  limits->set_max_background_words(settings_.vocabulary_limits.max_background_words);
  return grpc::Status::OK;
}

}  // namespace pixelclip
