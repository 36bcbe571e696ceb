#include "client/cpp/check_texts.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/text/unicode.h"

namespace pixelclip {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The way from the message to its first text that is not UTF-8.
std::optional<std::string> FindBadText(const Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      std::optional<std::string> below;
      if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
        below = FindBadText(repeated ? reflection.GetRepeatedMessage(message, field, i)
                                     : reflection.GetMessage(message, field));
        if (below) below = "." + *below;
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        std::string scratch;
        const std::string& text = repeated
                                      ? reflection.GetRepeatedStringReference(message, field, i, &scratch)
                                      : reflection.GetStringReference(message, field, &scratch);
        if (!IsValidUtf8(text)) below = "";
      }
      if (below) return absl::StrCat(field->name(), repeated ? absl::StrCat("[", i, "]") : "", *below);
    }
  }
  return std::nullopt;
}

}  // namespace

absl::Status CheckTexts(const Message& request) {
  const std::optional<std::string> field = FindBadText(request);
  return field ? FieldError(*field, "is not valid UTF-8") : absl::OkStatus();
}

}  // namespace pixelclip
