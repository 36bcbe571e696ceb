#ifndef PIXELCLIP_SERVER_TRACE_CONTEXT_H_
#define PIXELCLIP_SERVER_TRACE_CONTEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace pixelclip {

// Where a call belongs in its caller's trace, for the log. The server makes no spans of its own.
struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits
  std::string span_id;   // 16 of them: the span of the caller that made the call
  bool sampled = false;  // whether the caller records the trace
};

// Reads the value of a `traceparent` header as W3C Trace Context has it. Nothing if it is not one to the
// letter: what is malformed is ignored, as the standard wants. Of versions yet to come, what they have in
// common with this one.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_TRACE_CONTEXT_H_
