#ifndef PIXELCLIP_SERVER_FEATURE_STORE_H_
#define PIXELCLIP_SERVER_FEATURE_STORE_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "core/features.h"
#include "core/lru_cache.h"
#include "server/clock.h"

namespace pixelclip {

// A picture that has been encoded.
struct PictureFeatures {
  std::string model_version;
  int width = 0;  // of the picture, in pixels
  int height = 0;
  DenseFeatures features;

  size_t bytes() const { return sizeof(*this) + features.values.size() * sizeof(float); }
};

// Encoded pictures kept for callers who want to try other words on them, each under an id that nobody can
// guess. Holds at most so many bytes, the least recently used out first, and finds nothing that was not used
// for `time_to_live`. Any thread may call it.
class FeatureStore {
 public:
  // `clock` must outlive the store.
  FeatureStore(size_t max_bytes, Clock::Duration time_to_live, const Clock& clock)
      : max_bytes_(max_bytes), time_to_live_(time_to_live), clock_(clock), kept_(max_bytes) {}

  // The id. Empty if the store could not hold these features even alone.
  std::string Keep(std::shared_ptr<const PictureFeatures> features);

  // nullptr if they are not there, or not any more. Their time begins anew.
  std::shared_ptr<const PictureFeatures> Find(const std::string& id);

  CacheStats stats() const { return kept_.stats(); }

 private:
  struct Kept {
    std::shared_ptr<const PictureFeatures> features;
    mutable std::atomic<Clock::TimePoint> expires;
  };

  const size_t max_bytes_;
  const Clock::Duration time_to_live_;
  const Clock& clock_;
  LruCache<Kept> kept_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_FEATURE_STORE_H_
