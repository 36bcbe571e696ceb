// pixelclip-server: settings, models, server, and a wait for SIGTERM.
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <malloc.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/checkpoint/atomic_file.h"
#include "core/default_model.h"
#include "server/bearer_tokens.h"
#include "server/flags.h"
#include "server/idle_watch.h"
#include "server/log.h"
#include "server/model_loader.h"
#include "server/periodic_task.h"
#include "server/server.h"
#include "server/server_state.h"
#include "server/service_manager.h"
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

// Protobuf's, which are about messages that callers sent: those calls end with an error and a line of their
// own. They name fields, never values.
void LogProtobuf(google::protobuf::LogLevel level, const char*, int, const std::string& message) {
  const bool is_fatal = level == google::protobuf::LOGLEVEL_FATAL;
  Log(is_fatal ? LogLevel::kError : LogLevel::kInfo, "protobuf", {{"message", message}});
}

// Who waits for the file never reads half of it.
absl::Status WriteAddress(const std::string& path, const std::string& address) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  absl::Status status = file.status();
  const std::string line = address + "\n";
  if (status.ok()) status = file->Append(line.data(), line.size());
  if (status.ok()) status = file->Commit();
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("--address-file: ", status.message()));
}

// Under systemd, whose services of Type=notify count as started once they say so.
void TellServiceManager(const char* state) {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr) return;
  if (const absl::Status told = NotifyServiceManager(socket, state); !told.ok())
    Log(LogLevel::kError, "service manager not told", {{"error", told.message()}});
}

// For everything to end that was cancelled after the drain. Some things cannot be: a model that is being
// loaded, words that are being embedded, a device that hangs.
constexpr double kEndingSeconds = 5;

// Waits for SIGTERM or SIGINT. Until there is something to drain, either ends the process at once; then, it
// ends it `limit_seconds` later, should it still be there.
class EndingSignals {
 public:
  // Before any other thread starts, so that only sigwait sees the signals.
  explicit EndingSignals(double limit_seconds) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::thread([this, limit = std::chrono::duration<double>(limit_seconds)] {
      int signal = 0;
      sigwait(&signals_, &signal);
      Receive(signal);
      std::this_thread::sleep_for(limit);
      Log(LogLevel::kError, "stopped", {{"problem", "not everything has ended in time"}});
      std::_Exit(1);
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
  void Receive(int signal) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!serving_) {
      Log(LogLevel::kInfo, "stopped before serving");
      std::_Exit(0);
    }
    received_ = signal;
    changed_.notify_all();
  }

  sigset_t signals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool serving_ = false;  // guarded by mutex_
  int received_ = 0;      // guarded by mutex_
};

absl::Status Run(ServerSettings settings) {
  // Its thread may outlive this function.
  static EndingSignals ending(settings.drain_delay_seconds + settings.drain_seconds + kEndingSeconds);
  if (settings.models.empty()) {
    const auto embedded = DefaultModelPath();
    if (!embedded.ok()) return embedded.status();
    settings.models.push_back(*embedded);
  }
  Log(LogLevel::kInfo, "settings", ToJson(settings));
  for (const std::string& name : settings.unknown_variables) {
    Log(LogLevel::kWarning, "unknown variable",
        {{"name", name}, {"problem", "no setting is called so; pixelclip-server --help lists them"}});
  }
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
  TellServiceManager("READY=1");

  const int signal = ending.Wait();
  Log(LogLevel::kInfo, "draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  TellServiceManager("STOPPING=1");
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
  google::protobuf::SetLogHandler(pixelclip::LogProtobuf);
  const absl::Status status = pixelclip::Run(*settings);
  if (!status.ok())
    pixelclip::Log(pixelclip::LogLevel::kError, "cannot serve", {{"error", status.message()}});
  return status.ok() ? 0 : 1;
}
