#include "server/service.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/text/vocabulary_id.h"
#include "server/call_record.h"
#include "server/convert.h"
#include "server/model_info.h"
#include "server/stream_call.h"
#include "server/unary_call.h"
#include "server/wire.h"

namespace pixelclip {
namespace {

// gRPC would keep a request's bytes, which nobody reads again, until the call ends: they are let go of when
// they have been parsed.
grpc::ByteBuffer& Taken(const grpc::ByteBuffer* request) { return const_cast<grpc::ByteBuffer&>(*request); }

// What a vocabulary takes in memory, roughly.
size_t BytesOf(const v1::Vocabulary& vocabulary) {
  return 2 * vocabulary.ByteSizeLong() + 128 * vocabulary.classes_size();
}

void FillLimits(const ServerSettings& settings, v1::Limits* limits) {
  limits->set_max_image_pixels(settings.decode_limits.max_pixels);
  limits->set_max_request_bytes(settings.max_request_bytes);
  limits->set_max_classes(settings.vocabulary_limits.max_classes);
  limits->set_max_synonyms(settings.vocabulary_limits.max_synonyms);
  limits->set_max_templates(settings.vocabulary_limits.max_templates);
  limits->set_max_prompts(settings.vocabulary_limits.max_prompts);
  limits->set_max_score_maps(kMaxScoreMaps);
  limits->set_max_background_words(settings.vocabulary_limits.max_background_words);
  limits->set_max_stream_in_flight(kMaxStreamInFlight);
}

}  // namespace

grpc::ServerUnaryReactor* SegmentationService::Segment(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  return new UnaryCall(state_, *context, Taken(request), response);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SegmentationService::SegmentStream(
    grpc::CallbackServerContext* context) {
  return new StreamCall(state_, *context);
}

grpc::ServerUnaryReactor* SegmentationService::RegisterVocabulary(grpc::CallbackServerContext* context,
                                                                  const grpc::ByteBuffer* request,
                                                                  grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const auto record =
      std::make_shared<CallRecord>(state_, *context, CallRecord::kSegmentation, "RegisterVocabulary");
  const auto bytes = std::make_shared<ByteBudget::Hold>(&state_.bytes);
  const auto message = std::make_shared<v1::RegisterVocabularyRequest>();
  std::shared_ptr<const ServedModel> model;
  absl::Status admitted = record->Admit();
  if (admitted.ok()) admitted = CheckRequestBytes(request->Length(), state_.settings.max_request_bytes);
  if (admitted.ok()) admitted = ReadMessage(Taken(request), message.get());
  if (admitted.ok()) {
    auto found = state_.models.Find(message->model());
    admitted = found.status();
    if (found.ok()) model = *std::move(found);
  }
  if (admitted.ok()) admitted = bytes->Grow(BytesOf(message->vocabulary()));
  if (!admitted.ok()) {
    reactor->Finish(record->End(admitted));
    return reactor;
  }
  model->text_thread().Post(WorkPool::Lane::kBegin, [this, reactor, record, message, response, bytes, model] {
    const absl::StatusOr<std::string> id = KeepVocabulary(*model, message->vocabulary());
    if (id.ok()) {
      v1::RegisterVocabularyResponse answer;
      answer.set_vocabulary_id(*id);
      *response = WriteMessage(answer);
    }
    reactor->Finish(record->End(id.status(), {{"classes", message->vocabulary().classes_size()}}));
  });
  return reactor;
}

absl::StatusOr<std::string> SegmentationService::KeepVocabulary(const ServedModel& model,
                                                                const v1::Vocabulary& sent) {
  auto read = ToVocabulary(sent);
  if (!read.ok()) return read.status();
  auto vocabulary = std::make_shared<const Vocabulary>(*std::move(read));
  const auto embedded = model.segmenter().EmbedVocabulary(*vocabulary);
  if (!embedded.ok()) return embedded.status();
  const std::string id = VocabularyId(*vocabulary);
  state_.vocabularies.Insert(id, std::move(vocabulary), BytesOf(sent));
  if (state_.vocabularies.Find(id) == nullptr) {
    return FieldError("vocabulary",
                      absl::StrCat("takes ", BytesOf(sent), " bytes; this server keeps at most ",
                                   state_.settings.vocabulary_store_bytes, " of all vocabularies"));
  }
  return id;
}

grpc::ServerUnaryReactor* SegmentationService::ListModels(grpc::CallbackServerContext* context,
                                                          const v1::ListModelsRequest*,
                                                          v1::ListModelsResponse* response) {
  CallRecord record(state_, *context, CallRecord::kSegmentation, "ListModels");
  const absl::Status admitted = record.Admit();
  if (admitted.ok()) {
    for (const auto& model : state_.models.models()) FillModelInfo(*model, response->add_models());
    FillLimits(state_.settings, response->mutable_limits());
  }
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(record.End(admitted));
  return reactor;
}

}  // namespace pixelclip
