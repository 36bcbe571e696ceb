#ifndef PIXELCLIP_CLIENT_CPP_SERVER_OPTIONS_H_
#define PIXELCLIP_CLIENT_CPP_SERVER_OPTIONS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"

namespace CLI {
class App;
}

namespace pixelclip {

// Which server a subcommand talks to, and how, as the user gave it.
struct ServerOptions {
  std::string server = "localhost:50051";
  double timeout_seconds = 60;
  bool tls = false;
  std::string ca_cert;  // files
  std::string cert;
  std::string key;
  std::string server_name;
  std::string token_file;
  bool allow_plain_text_token = false;
};

// Adds them to a subcommand. `options` must outlive the parsing.
void AddServerOptions(CLI::App& command, ServerOptions& options);

// Reads the certificates, and the token from its file or else from PIXELCLIP_TOKEN; an argument could be read
// by every user of the machine. Errors name the option or the file.
absl::StatusOr<ClientOptions> ReadClientOptions(const ServerOptions& options);

absl::StatusOr<std::unique_ptr<Client>> MakeClient(const ServerOptions& options);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_SERVER_OPTIONS_H_
