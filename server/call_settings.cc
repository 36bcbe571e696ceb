#include "server/call_settings.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "server/convert.h"

namespace pixelclip {
namespace {

absl::StatusOr<Priority> ToPriority(v1::Priority priority) {
  switch (priority) {
    case v1::PRIORITY_UNSPECIFIED:
    case v1::PRIORITY_NORMAL:
      return Priority::kNormal;
    case v1::PRIORITY_LOW:
      return Priority::kLow;
    case v1::PRIORITY_HIGH:
      return Priority::kHigh;
    default:
      return FieldError("priority",
                        absl::StrCat(static_cast<int>(priority), " is none of LOW, NORMAL and HIGH"));
  }
}

// A SegmentRequest and a SegmentStreamStart name these fields alike.
template <typename Message>
absl::StatusOr<CallSettings> Read(const Message& message, ServerState& state) {
  CallSettings settings;
  auto model = state.models.Find(message.model());
  if (!model.ok()) return model.status();
  settings.model = *std::move(model);

  if (message.vocabulary_id().empty()) {
    auto vocabulary = ToVocabulary(message.vocabulary());
    if (!vocabulary.ok()) return vocabulary.status();
    settings.vocabulary = *std::move(vocabulary);
  } else {
    if (message.has_vocabulary())
      return FieldError("vocabulary_id", "set either vocabulary or vocabulary_id, not both");
    const auto registered = state.vocabularies.Find(message.vocabulary_id());
    if (registered == nullptr) {
      return FieldNotFound("vocabulary_id",
                           "not known to this server, or not any more: call RegisterVocabulary again");
    }
    settings.vocabulary = *registered;
  }
  if (message.has_background()) settings.vocabulary.background = ToBackground(message.background());

  const auto input = ToInputOptions(message.inference());
  if (!input.ok()) return input.status();
  settings.input = *input;
  auto classify = ToClassifyOptions(message.outputs(), message.inference());
  if (!classify.ok()) return classify.status();
  settings.classify = *std::move(classify);
  settings.label_map = message.outputs().label_map();
  settings.keep_features = message.outputs().keep_features();

  const auto priority = ToPriority(message.priority());
  if (!priority.ok()) return priority.status();
  settings.priority = *priority;

  if (message.has_tiling()) {
    if (settings.keep_features)
      return FieldError("outputs.keep_features", "the features of a tiled picture cannot be kept");
    settings.tiling = ToTilingOptions(message.tiling());
  }
  return settings;
}

}  // namespace

absl::StatusOr<CallSettings> ReadSettings(const v1::SegmentRequest& request, ServerState& state) {
  return Read(request, state);
}

absl::StatusOr<CallSettings> ReadSettings(const v1::SegmentStreamStart& start, ServerState& state) {
  return Read(start, state);
}

}  // namespace pixelclip
