#include "server/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace pixelclip {
namespace {

constexpr char kDescription[] =
    "Serves open-vocabulary segmentation over gRPC: pixelclip.v1.Segmentation, health and reflection.";
constexpr char kFooter[] =
    "\nEvery setting can also be given in the environment (PIXELCLIP_LISTEN=...) or in the file that "
    "--config names\n"
    "(lines such as `listen = \"0.0.0.0:50051\"`). A flag counts before the environment, that before the "
    "file.\n\n"
    "Example:\n  pixelclip-server --listen 127.0.0.1:50051 --model cat=ViT-B-16.pt --activation quick_gelu\n";

// "--max-classes" -> "PIXELCLIP_MAX_CLASSES"
std::string EnvironmentName(const std::string& flag) {
  std::string name = "PIXELCLIP_" + flag.substr(2);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// CLI11 would let a file override the environment, so variables become arguments unless the flag is given.
std::vector<std::string> WithEnvironment(const CLI::App& app, std::vector<std::string> arguments) {
  std::vector<std::string> from_environment;
  for (const CLI::Option* option : app.get_options()) {
    const char* value = option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    if (value == nullptr || *value == '\0') continue;
    const std::string flag = "--" + option->get_lnames().front();
    const bool given = std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
      return argument == flag || argument.compare(0, flag.size() + 1, flag + "=") == 0;
    });
    if (!given) from_environment.push_back(flag + "=" + value);
  }
  arguments.insert(arguments.begin(), from_environment.begin(), from_environment.end());
  return arguments;
}

// gRPC would take the port modulo 65536, and 443 where there is none.
std::string CheckAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool is_number =
      !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), ::isdigit);
  if (colon != std::string::npos && colon > 0 && is_number && std::stoi(port) <= 65535) return "";
  return address + " is not HOST:PORT with a port of 0 to 65535";
}

}  // namespace

std::optional<ServerSettings> ParseFlags(int argc, const char* const* argv, int* exit_code) {
  ServerSettings settings;
  CLI::App app(kDescription, "pixelclip-server");
  app.footer(kFooter);
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", std::string("pixelclip-server ") + PIXELCLIP_VERSION);
  app.set_config("--config", "", "A file with settings")->envname("PIXELCLIP_CONFIG");
  app.allow_config_extras(CLI::config_extras_mode::error);

  const auto add = [&](const std::string& flag, auto& value, const std::string& help) {
    return app.add_option(flag, value, help)->envname(EnvironmentName(flag));
  };
  const std::map<std::string, Activation> activations = {{"quick_gelu", Activation::kQuickGelu},
                                                         {"gelu", Activation::kGelu}};
  const std::map<std::string, LogFormat> log_formats = {{"json", LogFormat::kJson},
                                                        {"text", LogFormat::kText}};
  std::string log_format = "json";
  std::string activation;

  add("--listen", settings.listen, "HOST:PORT to listen on; port 0 lets the system choose")
      ->check(CheckAddress);
  add("--address-file", settings.address_file, "Write the address there once the server listens");
  add("--model", settings.models,
      "[NAME=]PATH of a checkpoint file or directory; the first is the default model")
      ->type_name("[NAME=]PATH")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  add("--activation", activation, "The MLP's activation, where a checkpoint does not determine it")
      ->check(CLI::IsMember(activations));
  add("--resolution", settings.resolution, "Pixels a side of the network's input; 0: the model's own choice")
      ->check(CLI::Range(0, 4096));
  add("--threads", settings.compute_threads, "CPU threads of one encoder call; 0: one for each core")
      ->check(CLI::Range(0, 1024));
  add("--text-cache-bytes", settings.text_cache_bytes,
      "For embeddings of texts asked for before, for each model; 0: none");
  add("--max-concurrent-calls", settings.max_concurrent_calls,
      "Calls in progress; more get RESOURCE_EXHAUSTED")
      ->check(CLI::Range(1, 10000));
  add("--max-request-bytes", settings.max_request_bytes, "Bytes of one request")
      ->check(CLI::Range(1024, 1 << 30));
  add("--max-image-pixels", settings.decode_limits.max_pixels, "Pixels of one picture")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  add("--max-classes", settings.vocabulary_limits.max_classes, "Classes of one vocabulary")
      ->check(CLI::Range(1, 60000));
  add("--max-templates", settings.vocabulary_limits.max_templates, "Templates of one vocabulary")
      ->check(CLI::Range(1, 1000));
  add("--max-prompts", settings.vocabulary_limits.max_prompts, "Distinct texts of one vocabulary")
      ->check(CLI::Range(1, 10000000));
  add("--drain-seconds", settings.drain_seconds, "Time for calls in progress to finish after SIGTERM")
      ->check(CLI::Range(0.0, 3600.0));
  add("--log-format", log_format, "json or text, on standard error")->check(CLI::IsMember(log_formats));

  std::vector<std::string> arguments = WithEnvironment(app, std::vector<std::string>(argv + 1, argv + argc));
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 takes them in
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ConfigError& error) {
    std::cerr << "the file of --config has an unknown setting or a malformed line: " << error.what() << '\n';
    *exit_code = 2;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  settings.log_format = log_formats.at(log_format);
  if (!activation.empty()) settings.activation = activations.at(activation);
  return settings;
}

}  // namespace pixelclip
