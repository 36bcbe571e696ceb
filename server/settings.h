#ifndef PIXELCLIP_SERVER_SETTINGS_H_
#define PIXELCLIP_SERVER_SETTINGS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/image/decode.h"
#include "core/model_config.h"
#include "core/text/vocabulary.h"
#include "server/log.h"

namespace pixelclip {

// Everything that can be set about a server; server/main.cc reads it from flags, environment and file.
struct ServerSettings {
  // HOST:PORT. Port 0 lets the system choose.
  std::string listen = "0.0.0.0:50051";
  // Where to write the address that is listened on, once it is; empty: nowhere. For scripts that chose port
  // 0.
  std::string address_file;
  // [NAME=]PATH of each model; the first is the default. Without a name, the path's last part (without its
  // extension) is.
  std::vector<std::string> models;
  // Of all models: the activation, where a checkpoint does not determine it.
  std::optional<Activation> activation;
  // Pixels a side of the network's input; 0: the model's own choice.
  int resolution = 0;
  // CPU threads of one encoder call; 0: one for each core.
  int compute_threads = 0;
  // Of all texts' embeddings that are kept for later requests, for each model; 0 keeps none.
  size_t text_cache_bytes = size_t{64} << 20;
  // Calls in progress; more are refused with RESOURCE_EXHAUSTED.
  int max_concurrent_calls = 64;
  // Bytes of one request message.
  int max_request_bytes = 64 << 20;
  DecodeLimits decode_limits;
  VocabularyLimits vocabulary_limits;
  // Seconds that calls in progress get to finish after SIGTERM or SIGINT.
  double drain_seconds = 30;
  LogFormat log_format = LogFormat::kJson;
};

// For the log: every setting by the name of its flag.
nlohmann::ordered_json ToJson(const ServerSettings& settings);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SETTINGS_H_
