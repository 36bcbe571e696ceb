// pixelclip-server: settings, models, server, and a wait for SIGTERM.
#include <grpc/support/log.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "core/default_model.h"
#include "core/segmenter.h"
#include "core/stopwatch.h"
#include "server/flags.h"
#include "server/log.h"
#include "server/model_registry.h"
#include "server/server.h"
#include "server/settings.h"

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

absl::Status LoadModels(const ServerSettings& settings, ModelRegistry* models) {
  SegmenterOptions options;
  options.activation = settings.activation;
  options.resolution = settings.resolution;
  options.text_cache_bytes = settings.text_cache_bytes;
  options.vocabulary_limits = settings.vocabulary_limits;
  for (const std::string& model : settings.models) {
    const NamedPath named = ParseModel(model);
    Stopwatch stopwatch;
    auto segmenter = Segmenter::Load(named.path, options);
    if (!segmenter.ok()) return segmenter.status();
    Log(LogLevel::kInfo, "model loaded",
        {{"name", named.name},
         {"path", named.path},
         {"version", (*segmenter)->version()},
         {"origin", (*segmenter)->origin()},
         {"description", Describe((*segmenter)->config())},
         {"resolution", (*segmenter)->resolution()},
         {"seconds", stopwatch.Total()}});
    const absl::Status added = models->Add(named.name, *std::move(segmenter));
    if (!added.ok()) return added;
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

absl::Status Run(ServerSettings settings) {
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t ending_signals;
  sigemptyset(&ending_signals);
  sigaddset(&ending_signals, SIGTERM);
  sigaddset(&ending_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending_signals, nullptr);

  if (settings.models.empty()) {
    const auto embedded = DefaultModelPath();
    if (!embedded.ok()) return embedded.status();
    settings.models.push_back(*embedded);
  }
  Log(LogLevel::kInfo, "settings", ToJson(settings));
  if (settings.compute_threads > 0) SetComputeThreads(settings.compute_threads);

  ModelRegistry models;
  if (const absl::Status loaded = LoadModels(settings, &models); !loaded.ok()) return loaded;
  const auto server = Server::Start(models, settings);
  if (!server.ok()) return server.status();
  Log(LogLevel::kInfo, "listening", {{"address", (*server)->address()}});
  if (!settings.address_file.empty()) {
    const absl::Status written = WriteAddress(settings.address_file, (*server)->address());
    if (!written.ok()) return written;
  }

  int signal = 0;
  sigwait(&ending_signals, &signal);
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
