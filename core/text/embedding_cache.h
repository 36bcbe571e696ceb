#ifndef PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_
#define PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace pixelclip {

// Embeddings of texts by one model, least recently used out first. All functions may be called from any
// thread.
class EmbeddingCache {
 public:
  struct Stats {
    int64_t hits = 0;
    int64_t misses = 0;
    int64_t evictions = 0;
    size_t bytes = 0;
  };

  // Holds at most so many bytes, bookkeeping included; 0 keeps nothing.
  explicit EmbeddingCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Copies the embedding of `text` to `embedding` if it is there.
  bool Find(const std::string& text, std::vector<float>* embedding);

  // Keeps an embedding, if need be in the place of others. One that is there already stays.
  void Insert(const std::string& text, std::vector<float> embedding);

  Stats stats() const;

 private:
  struct Entry {
    std::string text;
    std::vector<float> embedding;
  };
  using Entries = std::list<Entry>;

  static size_t BytesOf(const Entry& entry);

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;                                           // guarded by mutex_; the last used first
  std::unordered_map<std::string, Entries::iterator> index_;  // guarded by mutex_
  Stats stats_;                                               // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_
