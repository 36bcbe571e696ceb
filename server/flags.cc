#include "server/flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "cli/check_number.h"
#include "server/core_count.h"

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

// Kubernetes tells every container of a namespace about its services: for one named pixelclip,
// PIXELCLIP_SERVICE_HOST, PIXELCLIP_PORT, PIXELCLIP_PORT_50051_TCP_ADDR and more.
bool IsOfKubernetes(const std::string& name) {
  const size_t port = name.find("_PORT_");
  return absl::StrContains(name, "_SERVICE_HOST") || absl::StrContains(name, "_SERVICE_PORT") ||
         absl::EndsWith(name, "_PORT") ||
         (port != std::string::npos && absl::ascii_isdigit(static_cast<unsigned char>(name[port + 6])));
}

std::vector<std::string> UnknownVariables(const CLI::App& app) {
  std::vector<std::string> known = {"PIXELCLIP_SERVER", "PIXELCLIP_TOKEN"};  // the clients'
  for (const CLI::Option* option : app.get_options()) known.push_back(option->get_envname());
  std::vector<std::string> unknown;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name(*variable, std::strcspn(*variable, "="));
    const bool looks_so = absl::StartsWith(name, "PIXELCLIP_") && !IsOfKubernetes(name);
    if (looks_so && std::find(known.begin(), known.end(), name) == known.end()) unknown.push_back(name);
  }
  return unknown;
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

std::string CheckOptionalAddress(const std::string& address) {
  return address.empty() ? "" : CheckAddress(address);
}

// On the CPU, where nobody said how many. Each has buffers of its own; more cores than these work together.
constexpr int kMostReplicas = 16;

// CLI11 would take -1 for the largest number that there is.
std::string CheckBytes(const std::string& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), ::isdigit) ? "" : bytes + " is not a whole number of bytes";
}

std::string CheckDevice(const std::string& device) {
  const bool is_cuda = device.compare(0, 5, "cuda:") == 0 && device.size() > 5 && device.size() < 9 &&
                       std::all_of(device.begin() + 5, device.end(), ::isdigit);
  return device == "cpu" || is_cuda ? "" : device + " is neither cpu nor cuda:NUMBER";
}

}  // namespace

std::optional<ServerSettings> ParseFlags(int argc, const char* const* argv, int* exit_code) {
  ServerSettings settings;
  settings.devices.assign(std::min(CoreCount(), kMostReplicas), "cpu");
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
  std::string precision = std::string(PrecisionName(settings.precision));
  std::string last_block = std::string(LastBlockName(settings.last_block));

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
  add("--last-block", last_block,
      "What a ViT's last block does: published, maskclip, sclip, clearclip or naclip")
      ->check(CLI::IsMember(LastBlockNames()));
  add("--precision", precision,
      "In what numbers visual encoders multiply: fp32 is exact; bf16 and int8 are faster where the CPU can")
      ->check(CLI::IsMember(PrecisionNames()));
  add("--resolution", settings.resolution, "Pixels a side of the network's input; 0: the model's own choice")
      ->check(CLI::Range(0, 4096));
  add("--devices", settings.devices, "Where encoders run, one replica for each: cpu, cuda:0,cuda:1, ...")
      ->type_name("DEVICE,...")
      ->delimiter(',')
      ->check(CheckDevice);
  add("--threads", settings.compute_threads,
      "CPU threads of one encoder call; 0: the cores, divided by the replicas at work")
      ->check(CLI::Range(0, 1024));
  add("--work-threads", settings.work_threads,
      "Threads that decode, resize, label and encode; 0: one for each core")
      ->check(CLI::Range(0, 1024));
  add("--max-batch", settings.max_batch, "Pictures of one encoder call")->check(CLI::Range(1, 1024));
  add("--max-queue", settings.max_queue,
      "Pictures of a model that are prepared or wait for a replica; more get RESOURCE_EXHAUSTED")
      ->check(CLI::Range(1, 1000000));
  add("--max-bytes-in-flight", settings.max_bytes_in_flight,
      "Of all calls' messages, pictures and label maps together")
      ->check(CheckBytes);
  add("--text-cache-bytes", settings.text_cache_bytes,
      "For embeddings of texts asked for before, for each model; 0: none")
      ->check(CheckBytes);
  add("--prewarm", settings.prewarm, "A file of words, a class a line, to embed before serving");
  add("--vocabulary-store-bytes", settings.vocabulary_store_bytes, "For registered vocabularies")
      ->check(CheckBytes);
  add("--features-store-bytes", settings.features_store_bytes, "For picture features kept for callers")
      ->check(CheckBytes);
  add("--features-seconds", settings.features_seconds, "How long they are kept after their last use")
      ->check(CheckNumber)
      ->check(CLI::Range(0.0, 86400.0));
  add("--metrics-listen", settings.metrics_listen, "HOST:PORT for Prometheus; empty: none")
      ->check(CheckOptionalAddress);
  add("--admin-listen", settings.admin_listen,
      "HOST:PORT for the service ModelAdmin, which reads files of this machine; empty: none")
      ->check(CheckOptionalAddress);
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
  add("--tls-cert", settings.tls.certificate_file, "Certificate chain (PEM); without it, plain text");
  add("--tls-key", settings.tls.key_file, "Its private key (PEM)");
  add("--tls-client-ca", settings.tls.client_ca_file,
      "Only clients with a certificate of these authorities (PEM) may connect");
  add("--token-file", settings.tokens.file, "Bearer tokens, one a line, of which each call must show one");
  app.add_flag("--allow-plain-text-tokens", settings.tokens.allow_plain_text,
               "Take tokens without TLS, where something else encrypts")
      ->envname(EnvironmentName("--allow-plain-text-tokens"));
  add("--max-metadata-bytes", settings.transport_limits.max_metadata_bytes, "Metadata of one call")
      ->check(CLI::Range(1024, 1 << 20));
  add("--max-connection-age-seconds", settings.transport_limits.max_connection_age_seconds,
      "After that, clients are asked to connect anew; 0: never")
      ->check(CLI::Range(0, 1 << 30));
  add("--keepalive-seconds", settings.transport_limits.keepalive_seconds,
      "A connection that was silent for so long is asked whether it is alive")
      ->check(CLI::Range(1, 1 << 20));
  add("--min-ping-interval-seconds", settings.transport_limits.min_ping_interval_seconds,
      "Clients that ping more often are sent away")
      ->check(CLI::Range(1, 1 << 20));
  add("--drain-delay-seconds", settings.drain_delay_seconds,
      "After SIGTERM: not ready, but still serving, for so long")
      ->check(CheckNumber)
      ->check(CLI::Range(0.0, 3600.0));
  add("--drain-seconds", settings.drain_seconds, "Then: time for calls in progress to finish")
      ->check(CheckNumber)
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
  settings.unknown_variables = UnknownVariables(app);
  settings.log_format = log_formats.at(log_format);
  settings.precision = *PrecisionOfName(precision);
  if (!activation.empty()) settings.activation = activations.at(activation);
  settings.last_block = *LastBlockOfName(last_block);
  return settings;
}

}  // namespace pixelclip
