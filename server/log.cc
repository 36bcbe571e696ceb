#include "server/log.h"

#include <atomic>
#include <cstdio>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pixelclip {
namespace {

std::atomic<LogFormat> log_format{LogFormat::kJson};

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

// Bytes that are not UTF-8 (a file name may have some) become replacement characters instead of an exception.
std::string Dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

void SetLogFormat(LogFormat format) { log_format = format; }

void Log(LogLevel level, std::string_view event, const nlohmann::ordered_json& fields) {
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  std::string line;
  if (log_format == LogFormat::kJson) {
    nlohmann::ordered_json record = {{"time", time}, {"level", LevelName(level)}, {"event", event}};
    record.update(fields);
    line = Dump(record);
  } else {
    line = time + " " + LevelName(level) + " " + std::string(event);
    for (const auto& [key, value] : fields.items()) line += " " + key + "=" + Dump(value);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(),
              stderr);  // one call, so that stdio's own lock keeps the line whole
}

}  // namespace pixelclip
