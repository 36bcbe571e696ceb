#include "trainer/scale/meet.h"

#include <exception>
#include <string>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "trainer/scale/process_group.h"
#include "trainer/scale/rank_monitor.h"
#include "trainer/scale/store.h"

namespace pixelclip {
namespace {

absl::Status CheckOptions(const ConnectOptions& options) {
  const auto at_least = [](const char* field, int64_t least, int64_t value) {
    return absl::InvalidArgumentError(absl::StrCat(field, " must be at least ", least, ", is ", value));
  };
  if (options.timeout.count() < 1) return at_least("timeout in milliseconds", 1, options.timeout.count());
  if (options.heartbeat.count() < 1)
    return at_least("heartbeat in milliseconds", 1, options.heartbeat.count());
  if (options.bucket_bytes < 1) return at_least("bucket_bytes", 1, 0);
  return absl::OkStatus();
}

RankMonitor::Options MonitorOptions(const LaunchEnvironment& environment, const ConnectOptions& options) {
  RankMonitor::Options monitor;
  monitor.rank = environment.rank;
  monitor.world_size = environment.world_size;
  monitor.heartbeat = options.heartbeat;
  monitor.timeout = options.timeout;
  monitor.store_host = StoreHost(environment);
  return monitor;
}

absl::StatusOr<std::unique_ptr<RankMonitor>> StartMonitor(const LaunchEnvironment& environment,
                                                          const ConnectOptions& options,
                                                          c10::intrusive_ptr<c10d::Store> store) {
  if (environment.world_size == 1) return nullptr;
  return RankMonitor::Start(std::move(store), MonitorOptions(environment, options));
}

}  // namespace

void Decline(const LaunchEnvironment& environment, const std::string& reason, const ConnectOptions& options) {
  if (environment.world_size == 1) return;
  auto store = OpenStore(environment, options.timeout);
  if (!store.ok()) return;
  // Why this rank ends is known; whether the others have heard it as well changes nothing here.
  RankMonitor::Decline(*std::move(store), MonitorOptions(environment, options), reason).IgnoreError();
}

absl::StatusOr<std::unique_ptr<Communicator>> Meet(const LaunchEnvironment& environment, c10::Device device,
                                                   const ConnectOptions& options,
                                                   const std::string& transport, const MakeBackend& make) {
  if (auto status = CheckOptions(options); !status.ok()) return status;
  auto store = OpenStore(environment, options.timeout);
  if (!store.ok()) return store.status();

  std::string problem;
  std::unique_ptr<RankMonitor> monitor;
  try {
    auto started = StartMonitor(environment, options, *store);
    if (!started.ok()) return started.status();
    monitor = *std::move(started);
    auto backend = make(c10::make_intrusive<c10d::PrefixStore>(transport, *store));
    if (!backend.ok()) return backend.status();
    return std::make_unique<ProcessGroup>(*std::move(backend), std::move(monitor), device,
                                          options.bucket_bytes);
  } catch (const std::exception& e) {
    problem = e.what();
  }
  return absl::UnavailableError(absl::StrCat(
      "rank ", environment.rank, " of ", environment.world_size, ": cannot connect by ", transport, ": ",
      problem.substr(0, problem.find('\n')), monitor == nullptr ? "" : "; " + monitor->DescribeLost()));
}

}  // namespace pixelclip
