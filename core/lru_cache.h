#ifndef PIXELCLIP_CORE_LRU_CACHE_H_
#define PIXELCLIP_CORE_LRU_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pixelclip {

struct CacheStats {
  int64_t hits = 0;    // found
  int64_t misses = 0;  // had to be made: values that were offered for keeping
  int64_t evictions = 0;
  size_t bytes = 0;  // held now, bookkeeping included
};

// Values by key within a budget of bytes, the least recently used out first. A value that is out lives on as
// long as somebody holds it. Any thread may call it.
template <typename Value>
class LruCache {
 public:
  // Holds at most so many bytes, bookkeeping included; 0 keeps nothing.
  explicit LruCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // nullptr if it is not there.
  std::shared_ptr<const Value> Find(std::string_view key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    ++stats_.hits;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  // Keeps a value of so many bytes, if need be in the place of others. One that is there already stays.
  void Insert(std::string_view key, std::shared_ptr<const Value> value, size_t value_bytes) {
    const size_t bytes = value_bytes + key.size() + kBookkeepingBytes;
    Entries added, evicted;  // allocated before, and freed after, the lock is held
    added.push_front({std::string(key), std::move(value), bytes});
    const std::lock_guard<std::mutex> lock(mutex_);
    ++stats_.misses;
    if (bytes > max_bytes_ || !index_.emplace(added.front().key, added.begin()).second) return;
    entries_.splice(entries_.begin(), added);
    stats_.bytes += bytes;
    while (stats_.bytes > max_bytes_) {
      stats_.bytes -= entries_.back().bytes;
      ++stats_.evictions;
      index_.erase(entries_.back().key);
      evicted.splice(evicted.begin(), entries_, std::prev(entries_.end()));
    }
  }

  CacheStats stats() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stats_;
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    size_t bytes;
  };
  using Entries = std::list<Entry>;

  static constexpr size_t kBookkeepingBytes = 200;  // nodes and control block of one entry, roughly

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;  // guarded by mutex_; the last used first
  std::unordered_map<std::string_view, typename Entries::iterator>
      index_;         // guarded by mutex_; keys in entries_
  CacheStats stats_;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_LRU_CACHE_H_
