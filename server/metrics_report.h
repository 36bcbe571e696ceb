#ifndef PIXELCLIP_SERVER_METRICS_REPORT_H_
#define PIXELCLIP_SERVER_METRICS_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace pixelclip {

// What the parts of the server keep count of themselves, gathered whenever Prometheus asks: see
// Metrics::AddWatch. Each part fills in what it knows; the rest is not exposed.
struct MetricsReport {
  enum class Cache {
    kText,          // embeddings of texts
    kVocabularies,  // what RegisterVocabulary keeps
    kFeatures,      // encoded pictures that are kept for callers
  };

  struct QueueStats {
    size_t queued = 0;    // pictures that wait for a replica
    size_t reserved = 0;  // places of pictures that are not there yet
  };

  struct CacheStats {
    int64_t hits = 0;
    int64_t misses = 0;
    int64_t evictions = 0;
    size_t bytes = 0;
  };

  struct ReplicaStats {
    bool healthy = true;
    // What Segmenter::memory_bytes says. Absent if unknown.
    std::optional<size_t> memory_bytes;
  };

  // Of all calls' messages, pictures and label maps.
  std::optional<size_t> bytes_in_flight;
  std::optional<size_t> models_loaded;
  // Of the certificate in use: when it expires, in seconds since the epoch.
  std::optional<double> certificate_expiry;
  // By model.
  std::map<std::string, QueueStats> queues;
  // By what it keeps, and by model; the model is empty for a cache that all models share.
  std::map<std::pair<Cache, std::string>, CacheStats> caches;
  // By model, and by index into Metrics::Options::devices.
  std::map<std::pair<std::string, size_t>, ReplicaStats> replicas;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_METRICS_REPORT_H_
