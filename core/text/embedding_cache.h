#ifndef PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_
#define PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "core/lru_cache.h"

namespace pixelclip {

using Embedding = std::shared_ptr<const std::vector<float>>;

// Embeddings of texts by one model. A text that several callers want at the same time is embedded once: one
// of them does it, the others wait until it has done all that it embeds. Callers whose texts nobody else is
// embedding do not wait. All functions may be called from any thread.
class EmbeddingCache {
 public:
  // Embeds some texts, told by their indices in the caller's list; one embedding for each, in that order.
  using Embed = std::function<absl::StatusOr<std::vector<Embedding>>(const std::vector<size_t>& indices)>;

  // Holds at most so many bytes, bookkeeping included; 0 keeps nothing.
  explicit EmbeddingCache(size_t max_bytes) : kept_(max_bytes) {}

  // The embeddings of `texts`, in their order: kept ones, ones that another caller is making, and the rest
  // from `embed`, which runs on this thread without a lock. What fails another caller does not fail this one:
  // it then embeds the text itself. An error, or exception, is this caller's own.
  absl::StatusOr<std::vector<Embedding>> Get(const std::vector<std::string>& texts, const Embed& embed);

  CacheStats stats() const { return kept_.stats(); }

  // Texts that were neither found nor made by their caller, but waited for.
  int64_t waits() const;

 private:
  // A text that is being embedded.
  struct Flight {
    bool landed = false;  // guarded by mutex_
    Embedding embedding;  // set when it landed, unless its caller failed
  };
  // One text of a caller.
  struct Passenger {
    size_t index;
    std::shared_ptr<Flight> flight;
  };
  // Texts on flights of this caller, which must land them, and of others.
  struct Boarded {
    std::vector<Passenger> own;
    std::vector<Passenger> others;
  };

  // Fills in what is kept, and gives each other one of the texts `missing` a flight.
  Boarded Board(const std::vector<std::string>& texts, const std::vector<size_t>& missing,
                std::vector<Embedding>* embeddings);

  // Wakes those who wait for these texts.
  void Land(const std::vector<std::string>& texts, const std::vector<Passenger>& own);

  // Waits for each; fills in the embeddings; returns the texts whose callers failed.
  std::vector<size_t> Await(const std::vector<Passenger>& others, std::vector<Embedding>* embeddings);

  LruCache<std::vector<float>> kept_;
  mutable std::mutex mutex_;
  std::condition_variable landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;  // guarded by mutex_; not yet landed
  int64_t waits_ = 0;                                                 // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_TEXT_EMBEDDING_CACHE_H_
