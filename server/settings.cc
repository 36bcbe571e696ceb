#include "server/settings.h"

namespace pixelclip {

nlohmann::ordered_json ToJson(const ServerSettings& settings) {
  std::string_view activation = "from the checkpoint";
  if (settings.activation) activation = ActivationName(*settings.activation);
  return {{"listen", settings.listen},
          {"address-file", settings.address_file},
          {"model", settings.models},
          {"activation", activation},
          {"last-block", LastBlockName(settings.last_block)},
          {"precision", PrecisionName(settings.precision)},
          {"resolution", settings.resolution},
          {"threads", settings.compute_threads},
          {"devices", settings.devices},
          {"work-threads", settings.work_threads},
          {"max-batch", settings.max_batch},
          {"max-queue", settings.max_queue},
          {"max-bytes-in-flight", settings.max_bytes_in_flight},
          {"text-cache-bytes", settings.text_cache_bytes},
          {"prewarm", settings.prewarm},
          {"vocabulary-store-bytes", settings.vocabulary_store_bytes},
          {"features-store-bytes", settings.features_store_bytes},
          {"features-seconds", settings.features_seconds},
          {"metrics-listen", settings.metrics_listen},
          {"admin-listen", settings.admin_listen},
          {"max-request-bytes", settings.max_request_bytes},
          {"max-image-pixels", settings.decode_limits.max_pixels},
          {"max-classes", settings.vocabulary_limits.max_classes},
          {"max-templates", settings.vocabulary_limits.max_templates},
          {"max-prompts", settings.vocabulary_limits.max_prompts},
          {"tls-cert", settings.tls.certificate_file},
          {"tls-key", settings.tls.key_file},
          {"tls-client-ca", settings.tls.client_ca_file},
          {"token-file", settings.tokens.file},
          {"allow-plain-text-tokens", settings.tokens.allow_plain_text},
          {"max-metadata-bytes", settings.transport_limits.max_metadata_bytes},
          {"max-connection-age-seconds", settings.transport_limits.max_connection_age_seconds},
          {"keepalive-seconds", settings.transport_limits.keepalive_seconds},
          {"min-ping-interval-seconds", settings.transport_limits.min_ping_interval_seconds},
          {"drain-delay-seconds", settings.drain_delay_seconds},
          {"drain-seconds", settings.drain_seconds},
          {"log-format", settings.log_format == LogFormat::kJson ? "json" : "text"}};
}

}  // namespace pixelclip
