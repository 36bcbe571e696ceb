#include "server/trace_context.h"

#include <algorithm>

namespace pixelclip {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::string_view kShape = "00-11111111111111111111111111111111-2222222222222222-33";

// The standard has no upper-case digits.
bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool HasShape(std::string_view header) {
  return std::equal(kShape.begin(), kShape.end(), header.begin(),
                    [](char shape, char c) { return shape == '-' ? c == '-' : IsHexDigit(c); });
}

bool IsZero(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kShape.size() || !HasShape(header)) return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace_id = header.substr(3, 32);
  const std::string_view span_id = header.substr(36, 16);
  if (version == "ff" || IsZero(trace_id) || IsZero(span_id)) return std::nullopt;
  // Later versions may append fields, behind another dash.
  if (header.size() > kShape.size() && (version == "00" || header[kShape.size()] != '-')) return std::nullopt;

  const char low_flags = header[54];
  const bool sampled = (low_flags <= '9' ? low_flags - '0' : low_flags - 'a' + 10) & 1;
  return TraceContext{std::string(trace_id), std::string(span_id), sampled};
}

}  // namespace pixelclip
