#include "server/health.h"

#include <chrono>
#include <utility>

#include "pixelclip/v1/segmentation.grpc.pb.h"
#include "server/log.h"

namespace pixelclip {
namespace {

// Models come, go and die without a word to us: we look.
constexpr auto kInterval = std::chrono::milliseconds(500);

constexpr char kLiveness[] = "liveness";

}  // namespace

void Health::Tell(grpc::HealthCheckServiceInterface& grpc) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    grpc_ = &grpc;
  }
  Update();
  updates_ = std::make_unique<PeriodicTask>(kInterval, [this] { Update(); });
}

void Health::SetServing(bool serving) {
  serving_ = serving;
  Update();
}

bool Health::alive() const {
  const auto models = models_.models();
  return models.empty() || models.front()->alive();
}

void Health::Update() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (grpc_ == nullptr) return;
  std::map<std::string, bool> now = {
      {"", ready()}, {v1::Segmentation::service_full_name(), ready()}, {kLiveness, alive()}};
  for (const auto& model : models_.models()) now["model/" + model->name()] = serving_ && model->alive();
  for (const auto& [name, serving] : told_) now.emplace(name, false);  // models that are gone

  if (told_.count(kLiveness) > 0 && told_[kLiveness] && !now[kLiveness])
    Log(LogLevel::kError, "not alive", {{"problem", "the default model has no replica left"}});
  // gRPC passes on to those who watch whatever it is told, news or not.
  for (const auto& [name, serving] : now) {
    const auto before = told_.find(name);
    if (before == told_.end() || before->second != serving) grpc_->SetServingStatus(name, serving);
  }
  told_ = std::move(now);
}

}  // namespace pixelclip
