// pixelclip-server: settings, models, server, and a wait for SIGTERM.
#include <grpc/support/log.h>
#include <malloc.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/default_model.h"
#include "server/bearer_tokens.h"
#include "server/flags.h"
#include "server/idle_watch.h"
#include "server/log.h"
#include "server/model_loader.h"
#include "server/periodic_task.h"
#include "server/server.h"
#include "server/server_state.h"
#include "server/settings.h"
#include "server/transport_security.h"

namespace pixelclip {
namespace {

struct NamedPath {
  std::string name;
  std::string path;
};

// "NAME=PATH", or a path whose last part, without the extension of a weight file, is the name.
NamedPath ParseModel(const std::string& model) {
  const size_t equals = model.find('=');
  if (equals != std::string::npos && equals > 0 && model.find('/') > equals)
    return {model.substr(0, equals), model.substr(equals + 1)};
  std::string name = model;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  name = name.substr(name.rfind('/') + 1);
  for (const char* extension : {".pt", ".pth", ".bin", ".safetensors"}) {
    const size_t length = std::strlen(extension);
    if (name.size() > length && name.compare(name.size() - length, length, extension) == 0) {
      name.resize(name.size() - length);
      break;
    }
  }
  return {name, model};
}

absl::Status LoadModels(ServerState& state) {
  std::set<std::string> names;
  for (const std::string& model : state.settings.models) {
    const NamedPath named = ParseModel(model);
    if (!names.insert(named.name).second)
      return absl::AlreadyExistsError(absl::StrCat("two models are named \"", named.name, "\""));
    auto loaded = LoadModel(named.name, named.path, state);
    if (!loaded.ok()) return loaded.status();
    state.models.Put(*std::move(loaded));
  }
  return absl::OkStatus();
}

// gRPC's own complaints, as lines of our log.
void LogGrpc(gpr_log_func_args* args) {
  const LogLevel level = args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kError : LogLevel::kInfo;
  Log(level, "grpc", {{"message", args->message}});
}

// Written under another name and moved, so that who waits for the file never reads half of it.
absl::Status WriteAddress(const std::string& path, const std::string& address) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary);
  file << address << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::UnknownError("cannot write the address file " + path);
  }
  return absl::OkStatus();
}

// Waits for SIGTERM or SIGINT. Until there is something to drain, either ends the process at once.
class EndingSignals {
 public:
  // Before any other thread starts, so that only sigwait sees the signals.
  EndingSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::thread([this] {
      int signal = 0;
      sigwait(&signals_, &signal);
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!serving_) {
        Log(LogLevel::kInfo, "stopped before serving");
        std::_Exit(0);
      }
      received_ = signal;
      changed_.notify_all();
    }).detach();
  }

  // From now on, signals are for Wait.
  void BeginServing() {
    const std::lock_guard<std::mutex> lock(mutex_);
    serving_ = true;
  }

  // The signal.
  int Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return received_ != 0; });
    return received_;
  }

 private:
  sigset_t signals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool serving_ = false;  // guarded by mutex_
  int received_ = 0;      // guarded by mutex_
};

absl::Status Run(ServerSettings settings) {
  static EndingSignals ending;  // its thread may outlive this function
  if (settings.models.empty()) {
    const auto embedded = DefaultModelPath();
    if (!embedded.ok()) return embedded.status();
    settings.models.push_back(*embedded);
  }
  Log(LogLevel::kInfo, "settings", ToJson(settings));
  const auto security = TransportSecurity::Create(settings.tls);
  if (!security.ok()) return security.status();
  auto tokens = BearerTokens::Load(settings.tokens, (*security)->encrypts());
  if (!tokens.ok()) return tokens.status();

  ServerState state(settings, *std::move(tokens));
  const auto server = Server::Open(state, **security);
  if (!server.ok()) return server.status();
  if (!settings.metrics_listen.empty())
    Log(LogLevel::kInfo, "probes answered", {{"metrics", (*server)->metrics_address()}});
  if (const absl::Status loaded = LoadModels(state); !loaded.ok()) return loaded;
  // Large batches and models that are gone leave free memory in the allocator, which keeps it otherwise.
  const PeriodicTask trim(std::chrono::seconds(5), [&state, watch = IdleWatch()]() mutable {
    if (watch.BeginsPause(IdleWatch::Clock::now(), state.gate.last_visit())) malloc_trim(0);
  });
  ending.BeginServing();
  if (const absl::Status serving = (*server)->Serve(); !serving.ok()) return serving;
  Log(LogLevel::kInfo, "listening",
      {{"address", (*server)->address()},
       {"admin", (*server)->admin_address()},
       {"metrics", (*server)->metrics_address()}});
  if (!settings.address_file.empty()) {
    const absl::Status written = WriteAddress(settings.address_file, (*server)->address());
    if (!written.ok()) return written;
  }

  const int signal = ending.Wait();
  Log(LogLevel::kInfo, "draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  (*server)->Shutdown();
  Log(LogLevel::kInfo, "stopped");
  return absl::OkStatus();
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto settings = pixelclip::ParseFlags(argc, argv, &exit_code);
  if (!settings) return exit_code;
  pixelclip::SetLogFormat(settings->log_format);
  gpr_set_log_function(pixelclip::LogGrpc);
  const absl::Status status = pixelclip::Run(*settings);
  if (!status.ok())
    pixelclip::Log(pixelclip::LogLevel::kError, "cannot serve", {{"error", status.message()}});
  return status.ok() ? 0 : 1;
}
