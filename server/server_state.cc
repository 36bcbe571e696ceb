#include "server/server_state.h"

#include <utility>

#include "core/segmenter.h"
#include "server/call_record.h"
#include "server/core_count.h"

namespace pixelclip {
namespace {

Metrics::Options MetricsOptions(const ServerSettings& settings) {
  Metrics::Options options;
  options.version = PIXELCLIP_VERSION;
  options.torch_version = LibTorchVersion();
  options.commit = PIXELCLIP_COMMIT;
  const std::string segmentation = CallRecord::kSegmentation, admin = CallRecord::kModelAdmin;
  options.methods = {{segmentation, "Segment", false, false},
                     {segmentation, "SegmentStream", true, true},
                     {segmentation, "RegisterVocabulary", false, false},
                     {segmentation, "ListModels", false, false},
                     {admin, "LoadModel", false, false},
                     {admin, "UnloadModel", false, false}};
  options.devices = settings.devices;
  return options;
}

MetricsReport::CacheStats ToReport(const CacheStats& stats) {
  return {stats.hits, stats.misses, stats.evictions, stats.bytes};
}

}  // namespace

ServerState::ServerState(const ServerSettings& server_settings, std::unique_ptr<BearerTokens> bearer_tokens)
    : settings(server_settings),
      tokens(std::move(bearer_tokens)),
      metrics(MetricsOptions(settings)),
      bytes(settings.max_bytes_in_flight),
      vocabularies(settings.vocabulary_store_bytes),
      features(settings.features_store_bytes, FromSeconds(settings.features_seconds), clock),
      // Each worker does what LibTorch is needed for by itself; the cores are busy with the others.
      workers(settings.work_threads > 0 ? settings.work_threads : CoreCount(), [] { SetComputeThreads(1); }),
      watch(metrics.AddWatch([this](MetricsReport& report) {
        report.bytes_in_flight = bytes.held();
        report.models_loaded = models.models().size();
        report.caches[{MetricsReport::Cache::kVocabularies, ""}] = ToReport(vocabularies.stats());
        report.caches[{MetricsReport::Cache::kFeatures, ""}] = ToReport(features.stats());
      })) {}

}  // namespace pixelclip
