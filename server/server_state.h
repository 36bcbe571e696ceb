#ifndef PIXELCLIP_SERVER_SERVER_STATE_H_
#define PIXELCLIP_SERVER_SERVER_STATE_H_

#include <atomic>
#include <memory>

#include "core/lru_cache.h"
#include "core/text/vocabulary.h"
#include "server/bearer_tokens.h"
#include "server/byte_budget.h"
#include "server/call_gate.h"
#include "server/clock.h"
#include "server/feature_store.h"
#include "server/metrics.h"
#include "server/model_registry.h"
#include "server/settings.h"
#include "server/work_pool.h"

namespace pixelclip {

// What all calls of a server share, and must not outlive. Every part may be used from any thread.
struct ServerState {
  // `server_settings` must outlive the state.
  ServerState(const ServerSettings& server_settings, std::unique_ptr<BearerTokens> bearer_tokens);

  const ServerSettings& settings;
  const std::unique_ptr<BearerTokens> tokens;
  SteadyClock clock;
  CallGate gate;
  Metrics metrics;
  ByteBudget bytes;
  LruCache<Vocabulary> vocabularies;  // registered, by VocabularyId
  FeatureStore features;
  const std::shared_ptr<std::atomic<int>> replicas_at_work = std::make_shared<std::atomic<int>>(0);
  WorkPool workers;
  // After the workers, which see to a model's end.
  ModelRegistry models;
  Metrics::Watch watch;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVER_STATE_H_
