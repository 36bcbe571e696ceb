#ifndef PIXELCLIP_SERVER_HEALTH_H_
#define PIXELCLIP_SERVER_HEALTH_H_

#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/model_registry.h"
#include "server/periodic_task.h"

namespace pixelclip {

// What probes are told, over gRPC and over HTTP; docs/operations.md has the table.
//
// Alive: the default model has a replica left, or there is no model yet. Once that model's last device has
// failed, waiting helps nobody: a GPU that has failed stays failed for the process that saw it.
// Ready: alive, and the server takes calls.
//
// gRPC knows these names: "" and "pixelclip.v1.Segmentation" (ready), "liveness" (alive), and "model/NAME" of
// each model (the server takes calls, and that model has a replica left). Any thread may call it.
class Health {
 public:
  // `models` must outlive this.
  explicit Health(const ModelRegistry& models) : models_(models) {}

  // Tells gRPC now, and again within half a second of each change. `grpc` must outlive this. REQUIRES: called
  // at most once.
  void Tell(grpc::HealthCheckServiceInterface& grpc);

  // Whether the server takes calls; at first it does not. gRPC is told before this returns.
  void SetServing(bool serving);

  bool alive() const;
  bool ready() const { return serving_ && alive(); }

 private:
  void Update();

  const ModelRegistry& models_;
  std::atomic<bool> serving_ = false;
  std::mutex mutex_;
  grpc::HealthCheckServiceInterface* grpc_ = nullptr;  // guarded by mutex_
  std::map<std::string, bool> told_;                   // guarded by mutex_; by the names above
  std::unique_ptr<PeriodicTask> updates_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_HEALTH_H_
