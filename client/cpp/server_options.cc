#include "client/cpp/server_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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

// The token of --token-file, or of the environment; empty if there is none.
absl::StatusOr<std::string> ReadToken(const std::string& path) {
  if (path.empty()) {
    const char* token = std::getenv("PIXELCLIP_TOKEN");
    return token == nullptr ? std::string() : std::string(token);
  }
  absl::StatusOr<std::string> content = ReadInput(path);
  if (!content.ok()) return content;
  absl::StripAsciiWhitespace(&*content);  // such as the newline at its end
  if (content->empty())
    return absl::InvalidArgumentError(absl::StrCat("--token-file: ", path, ": holds no token"));
  return content;
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
  command
      .add_option("--server-name", options.server_name,
                  "The name in its certificate, if it is not the HOST's")
      ->option_text("NAME")
      ->group(group);
  command
      .add_option("--token-file", options.token_file,
                  "Holds the token that the server wants; if not given, PIXELCLIP_TOKEN is it")
      ->option_text("FILE")
      ->group(group);
  command
      .add_flag("--allow-plain-text-token", options.allow_plain_text_token,
                "Send the token without TLS to another machine, where the network encrypts by itself")
      ->group(group);
}

absl::StatusOr<ClientOptions> ReadClientOptions(const ServerOptions& options) {
  ClientOptions client;
  client.server = options.server;
  client.timeout_seconds = options.timeout_seconds;
  client.allow_plain_text_token = options.allow_plain_text_token;
  absl::StatusOr<std::string> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  client.token = *std::move(token);
  // An option for TLS says that TLS is meant; plain text would be a surprise.
  if (options.tls || !options.ca_cert.empty() || !options.cert.empty() || !options.key.empty() ||
      !options.server_name.empty()) {
    TlsOptions& tls = client.tls.emplace();
    tls.server_name = options.server_name;
    for (const auto& [path, content] : {std::pair(&options.ca_cert, &tls.authorities),
                                        {&options.cert, &tls.certificate},
                                        {&options.key, &tls.private_key}}) {
      if (absl::Status status = ReadOptionalFile(*path, *content); !status.ok()) return status;
    }
  }
  return client;
}

absl::StatusOr<std::unique_ptr<Client>> MakeClient(const ServerOptions& options) {
  const absl::StatusOr<ClientOptions> client = ReadClientOptions(options);
  if (!client.ok()) return client.status();
  return Client::Create(*client);
}

}  // namespace pixelclip
