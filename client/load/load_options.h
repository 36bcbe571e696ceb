#ifndef PIXELCLIP_CLIENT_LOAD_LOAD_OPTIONS_H_
#define PIXELCLIP_CLIENT_LOAD_LOAD_OPTIONS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/server_options.h"
#include "client/load/load_loop.h"
#include "client/load/workload.h"

namespace CLI {
class App;
}

namespace pixelclip {

// What both kinds of load have in common, as the user gave it. Empty or 0 means not given.
struct LoadTestOptions {
  ServerOptions server;
  int channels = 1;
  bool retries = false;

  std::vector<std::string> images;  // files and folders
  std::string synthetic = "640x480";

  std::vector<std::string> words;  // "cat; sofa, couch": a vocabulary each
  std::vector<std::string> words_files;
  std::string choice = "round-robin";
  double cold_words = 0;
  bool register_vocabularies = false;

  std::string model;
  std::string priority;
  std::string encoding = "png";

  double warm_up_seconds = 1;
  double duration_seconds = 0;
  int64_t count = 0;
  int max_in_flight = 10000;
  uint32_t seed = 1;

  std::string json;
  std::vector<std::string> fail_on;
};

// Adds them to a subcommand. `options` must outlive the parsing.
void AddLoadTestOptions(CLI::App& command, LoadTestOptions& options);

LoopOptions MakeLoopOptions(const LoadTestOptions& options);

// Reads the pictures and the words. Errors name the option or the file.
absl::StatusOr<WorkloadOptions> MakeWorkloadOptions(const LoadTestOptions& options);

nlohmann::ordered_json SettingsToJson(const LoadTestOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_LOAD_OPTIONS_H_
