#include "core/text/embedding_cache.h"

#include <numeric>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace pixelclip {

absl::StatusOr<std::vector<Embedding>> EmbeddingCache::Get(const std::vector<std::string>& texts,
                                                           const Embed& embed) {
  std::vector<Embedding> embeddings(texts.size());
  std::vector<size_t> missing(texts.size());
  std::iota(missing.begin(), missing.end(), size_t{0});
  while (!missing.empty()) {
    const Boarded boarded = Board(texts, missing, &embeddings);
    if (!boarded.own.empty()) {
      // Lands before this caller waits for others, so that no two can wait for each other; and always, so
      // that nobody waits for ever.
      const absl::Cleanup land = [&] { Land(texts, boarded.own); };
      std::vector<size_t> indices;
      for (const Passenger& passenger : boarded.own) indices.push_back(passenger.index);
      absl::StatusOr<std::vector<Embedding>> made = embed(indices);
      if (!made.ok()) return made.status();
      for (size_t i = 0; i < indices.size(); ++i) {
        const Embedding& embedding = (*made)[i];
        kept_.Insert(texts[indices[i]], embedding, embedding->size() * sizeof(float));
        boarded.own[i].flight->embedding = embedding;
        embeddings[indices[i]] = embedding;
      }
    }
    missing = Await(boarded.others, &embeddings);
  }
  return embeddings;
}

int64_t EmbeddingCache::waits() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waits_;
}

EmbeddingCache::Boarded EmbeddingCache::Board(const std::vector<std::string>& texts,
                                              const std::vector<size_t>& missing,
                                              std::vector<Embedding>* embeddings) {
  Boarded boarded;
  absl::Cleanup land = [&] { Land(texts, boarded.own); };  // if memory runs out here
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const size_t index : missing) {
      if (((*embeddings)[index] = kept_.Find(texts[index]))) continue;
      const auto flying = flights_.find(texts[index]);
      if (flying != flights_.end()) {
        boarded.others.push_back({index, flying->second});
        ++waits_;
        continue;
      }
      boarded.own.push_back({index, std::make_shared<Flight>()});
      flights_.emplace(texts[index], boarded.own.back().flight);
    }
  }
  std::move(land).Cancel();
  return boarded;
}

void EmbeddingCache::Land(const std::vector<std::string>& texts, const std::vector<Passenger>& own) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Passenger& passenger : own) {
    passenger.flight->landed = true;
    flights_.erase(texts[passenger.index]);
  }
  landed_.notify_all();
}

std::vector<size_t> EmbeddingCache::Await(const std::vector<Passenger>& others,
                                          std::vector<Embedding>* embeddings) {
  std::vector<size_t> failed;
  std::unique_lock<std::mutex> lock(mutex_);
  for (const auto& [index, flight] : others) {
    landed_.wait(lock, [&flight = flight] { return flight->landed; });
    (*embeddings)[index] = flight->embedding;
    if (flight->embedding == nullptr) failed.push_back(index);
  }
  return failed;
}

}  // namespace pixelclip
