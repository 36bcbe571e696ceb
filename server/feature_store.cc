#include "server/feature_store.h"

#include <utility>

#include "server/random_id.h"

namespace pixelclip {
namespace {

constexpr size_t kBookkeepingBytes = 512;

}  // namespace

std::string FeatureStore::Keep(std::shared_ptr<const PictureFeatures> features) {
  const size_t bytes = features->bytes() + kBookkeepingBytes;
  if (bytes + kBookkeepingBytes > max_bytes_) return "";
  std::string id = RandomId();
  auto kept = std::make_shared<Kept>();
  kept->features = std::move(features);
  kept->expires = clock_.Now() + time_to_live_;
  kept_.Insert(id, std::move(kept), bytes);
  return id;
}

std::shared_ptr<const PictureFeatures> FeatureStore::Find(const std::string& id) {
  const auto kept = kept_.Find(id);
  const Clock::TimePoint now = clock_.Now();
  if (kept == nullptr || kept->expires.load() <= now) return nullptr;
  kept->expires = now + time_to_live_;
  return kept->features;
}

}  // namespace pixelclip
