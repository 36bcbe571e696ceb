#ifndef PIXELCLIP_SERVER_METRICS_H_
#define PIXELCLIP_SERVER_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/call_metrics.h"
#include "server/metrics_report.h"
#include "server/model_metrics.h"

namespace pixelclip {

// All that the server tells Prometheus. Names, labels and buckets are in metrics.cc and nowhere else;
// docs/operations.md explains each, and a test holds the two together.
//
// Events are pushed, through CallMetrics and ModelMetrics; what others keep count of already is pulled when
// Prometheus asks, through a Watch. Labels hold the names of methods, models and devices, and words of our
// own: nothing out of a request.
//
// Any thread may call it. It must outlive all that it hands out.
class Metrics {
 public:
  // One method of a service; `service` with its package: "pixelclip.v1.Segmentation".
  struct Method {
    std::string service;
    std::string name;
    bool client_streams = false;
    bool server_streams = false;
  };

  struct Options {
    // Of pixelclip_build_info: this server's version, LibTorch's, and the commit it was built from, empty if
    // unknown.
    std::string version;
    std::string torch_version;
    std::string commit;
    // Calls of other methods count as "other".
    std::vector<Method> methods;
    // Where each model's replicas run: "cpu", "cuda:0". A replica is known by its index here.
    std::vector<std::string> devices;
  };

  // Goes on asking for as long as it lives. When its destructor has returned, no call is in progress and none
  // will be.
  class Watch {
   public:
    ~Watch();
    Watch(Watch&&) = default;
    Watch& operator=(Watch&&) = delete;

   private:
    friend class Metrics;
    struct Watcher;
    explicit Watch(std::shared_ptr<Watcher> watcher) : watcher_(std::move(watcher)) {}

    std::shared_ptr<Watcher> watcher_;  // null: moved from
  };

  explicit Metrics(const Options& options);
  ~Metrics();

  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `full_method` as gRPC has it: "/pixelclip.v1.Segmentation/Segment".
  CallMetrics StartCall(std::string_view full_method) const;

  // The series of one model, from nought. While somebody holds them, all who ask for the name share them, so
  // that counts go on when a model takes the place of another; when the last holder lets go, they go away.
  std::shared_ptr<ModelMetrics> ForModel(const std::string& name);

  // Has `fill_in` called for every exposition, the oldest Watch's first: if several report the same thing, as
  // two models of one name do while one takes the other's place, the youngest's counts.
  //
  // `fill_in` must neither end its own Watch nor wait for a lock under which somebody else ends it.
  [[nodiscard]] Watch AddWatch(std::function<void(MetricsReport&)> fill_in);

  // Everything, in Prometheus' text format 0.0.4.
  std::string Expose() const;

 private:
  struct Families;
  struct Model;

  std::unique_ptr<Model> NewModel(const std::string& name) const;
  void Release(const std::string& name);
  MetricsReport Report() const;

  const std::vector<std::string> devices_;
  const std::unique_ptr<Families> families_;
  std::map<std::string, CallMetrics::Series, std::less<>> methods_;  // by full name; constant
  CallMetrics::Series other_methods_;                                // constant

  std::mutex models_mutex_;
  std::map<std::string, std::unique_ptr<Model>> models_;  // guarded by models_mutex_

  mutable std::mutex watchers_mutex_;
  std::vector<std::weak_ptr<Watch::Watcher>> watchers_;  // guarded by watchers_mutex_; the oldest first
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_METRICS_H_
