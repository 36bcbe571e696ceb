#include "server/settings.h"

namespace pixelclip {

nlohmann::ordered_json ToJson(const ServerSettings& settings) {
  std::string_view activation = "from the checkpoint";
  if (settings.activation) activation = ActivationName(*settings.activation);
  return {{"listen", settings.listen},
          {"address-file", settings.address_file},
          {"model", settings.models},
          {"activation", activation},
          {"resolution", settings.resolution},
          {"threads", settings.compute_threads},
          {"text-cache-bytes", settings.text_cache_bytes},
          {"max-concurrent-calls", settings.max_concurrent_calls},
          {"max-request-bytes", settings.max_request_bytes},
          {"max-image-pixels", settings.decode_limits.max_pixels},
          {"max-classes", settings.vocabulary_limits.max_classes},
          {"max-templates", settings.vocabulary_limits.max_templates},
          {"max-prompts", settings.vocabulary_limits.max_prompts},
          {"drain-seconds", settings.drain_seconds},
          {"log-format", settings.log_format == LogFormat::kJson ? "json" : "text"}};
}

}  // namespace pixelclip
