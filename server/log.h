#ifndef PIXELCLIP_SERVER_LOG_H_
#define PIXELCLIP_SERVER_LOG_H_

#include <nlohmann/json.hpp>
#include <string_view>

namespace pixelclip {

enum class LogLevel { kInfo, kWarning, kError };
enum class LogFormat { kJson, kText };

// The server's log: one line an event on standard error, either a JSON object or `TIME LEVEL event key=value
// ...`. Never holds a request's words or pictures. Any thread may log; lines are never mixed.
void SetLogFormat(LogFormat format);

// `fields` is a JSON object, for example Log(LogLevel::kInfo, "listening", {{"address", address}}). The keys
// "time", "level" and "event" are taken.
void Log(LogLevel level, std::string_view event,
         const nlohmann::ordered_json& fields = nlohmann::ordered_json::object());

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_LOG_H_
