#include "client/cpp/server_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/file_io.h"

namespace pixelclip {
namespace {

absl::Status ReadOptionalFile(const std::string& path, std::string& content) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> read = ReadInput(path);
  if (!read.ok()) return read.status();
  content = *std::move(read);
  return absl::OkStatus();
}

}  // namespace

void AddServerOptions(CLI::App& command, ServerOptions& options) {
  const char* group = "Server";
  command.add_option("--server", options.server, "Its address, or PIXELCLIP_SERVER [localhost:50051]")
      ->envname("PIXELCLIP_SERVER")
      ->option_text("HOST:PORT")
      ->group(group);
  command.add_option("--timeout", options.timeout_seconds, "How long to wait for an answer [60]")
      ->check(CLI::Range(0.001, 1e6))
      ->option_text("SECONDS")
      ->group(group);
  command.add_flag("--tls", options.tls, "Encrypt, and check the server's certificate")->group(group);
  command
      .add_option("--ca-cert", options.ca_cert, "Whom to trust (PEM); if not given, whom the system trusts")
      ->option_text("FILE")
      ->group(group);
  command.add_option("--cert", options.cert, "Certificate of this client (PEM)")
      ->option_text("FILE")
      ->group(group);
  command.add_option("--key", options.key, "Private key of that certificate (PEM)")
      ->option_text("FILE")
      ->group(group);
}

absl::StatusOr<std::unique_ptr<Client>> MakeClient(const ServerOptions& options) {
  ClientOptions client;
  client.server = options.server;
  client.timeout_seconds = options.timeout_seconds;
  // A file for TLS says that TLS is meant; plain text would be a surprise.
  if (options.tls || !options.ca_cert.empty() || !options.cert.empty() || !options.key.empty()) {
    TlsOptions& tls = client.tls.emplace();
    for (const auto& [path, content] : {std::pair(&options.ca_cert, &tls.authorities),
                                        {&options.cert, &tls.certificate},
                                        {&options.key, &tls.private_key}}) {
      if (absl::Status status = ReadOptionalFile(*path, *content); !status.ok()) return status;
    }
  }
  return Client::Create(client);
}

}  // namespace pixelclip
