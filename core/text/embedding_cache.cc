#include "core/text/embedding_cache.h"

#include <utility>

namespace pixelclip {
namespace {

// List and hash-map nodes of one entry, roughly.
constexpr size_t kBookkeepingBytes = 160;

}  // namespace

bool EmbeddingCache::Find(const std::string& text, std::vector<float>* embedding) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = index_.find(text);
  if (found == index_.end()) {
    ++stats_.misses;
    return false;
  }
  ++stats_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  *embedding = found->second->embedding;
  return true;
}

void EmbeddingCache::Insert(const std::string& text, std::vector<float> embedding) {
  Entry entry{text, std::move(embedding)};
  const size_t bytes = BytesOf(entry);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bytes > max_bytes_ || index_.count(text) > 0) return;
  while (stats_.bytes + bytes > max_bytes_) {
    stats_.bytes -= BytesOf(entries_.back());
    index_.erase(entries_.back().text);
    entries_.pop_back();
    ++stats_.evictions;
  }
  entries_.push_front(std::move(entry));
  index_.emplace(text, entries_.begin());
  stats_.bytes += bytes;
}

EmbeddingCache::Stats EmbeddingCache::stats() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stats_;
}

size_t EmbeddingCache::BytesOf(const Entry& entry) {
  return 2 * entry.text.size() + entry.embedding.size() * sizeof(float) + kBookkeepingBytes;
}

}  // namespace pixelclip
