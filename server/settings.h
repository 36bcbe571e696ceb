#ifndef PIXELCLIP_SERVER_SETTINGS_H_
#define PIXELCLIP_SERVER_SETTINGS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/image/decode.h"
#include "core/model_config.h"
#include "core/precision.h"
#include "core/text/vocabulary.h"
#include "server/bearer_tokens.h"
#include "server/log.h"
#include "server/server_certificates.h"
#include "server/transport_limits.h"

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
  // Of all models: what a vision transformer's last block does; others refuse all but the published one.
  LastBlock last_block = LastBlock::kPublished;
  // In what numbers visual encoders multiply.
  Precision precision = Precision::kFp32;
  // Pixels a side of the network's input; 0: the model's own choice.
  int resolution = 0;
  // Where encoders run, one replica for each entry: "cpu", "cuda:0". An entry may repeat.
  std::vector<std::string> devices = {"cpu"};
  // CPU threads of one encoder call; 0: the cores, divided by the replicas at work.
  int compute_threads = 0;
  // Threads that decode, resize, label and encode; 0: one for each core.
  int work_threads = 0;
  // Pictures that one encoder call takes at most.
  int max_batch = 8;
  // Pictures admitted, for each model, that no replica has taken yet; more are refused with
  // RESOURCE_EXHAUSTED.
  int max_queue = 256;
  // Of all calls' messages, pictures and label maps together.
  size_t max_bytes_in_flight = size_t{2} << 30;
  // Of all texts' embeddings that are kept for later requests, for each model; 0 keeps none.
  size_t text_cache_bytes = size_t{64} << 20;
  // A words file, one class a line, that every model embeds before it serves; empty: none.
  std::string prewarm;
  // Of all registered vocabularies.
  size_t vocabulary_store_bytes = size_t{64} << 20;
  // Of all picture features kept for callers, and for how long after their last use.
  size_t features_store_bytes = size_t{256} << 20;
  double features_seconds = 120;
  // HOST:PORT for Prometheus, and for the service ModelAdmin; empty: neither.
  std::string metrics_listen;
  std::string admin_listen;
  // Bytes of one request message.
  int max_request_bytes = 64 << 20;
  DecodeLimits decode_limits;
  VocabularyLimits vocabulary_limits;
  ServerTlsOptions tls;
  BearerTokenOptions tokens;
  TransportLimits transport_limits;
  // After SIGTERM or SIGINT, seconds for which the server goes on after it has reported that it is not ready,
  // so that balancers can notice; then, seconds that calls in progress get to finish.
  double drain_delay_seconds = 0;
  double drain_seconds = 30;
  // Then, if somebody called just before: for the last responses to leave, and for those who got them and
  // call again at once to be told to go elsewhere. No flag: it is for tests to make shorter.
  double farewell_seconds = 0.5;
  // A GPU that has not finished a batch after so long hangs, and its replica is lost. No flag either.
  double gpu_limit_seconds = 120;
  LogFormat log_format = LogFormat::kJson;
  // Variables of the environment that look like settings and are none, misspelt ones for instance. To warn
  // of.
  std::vector<std::string> unknown_variables;
};

// For the log: every setting by the name of its flag.
nlohmann::ordered_json ToJson(const ServerSettings& settings);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SETTINGS_H_
