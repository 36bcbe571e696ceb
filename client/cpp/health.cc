#include <CLI/CLI.hpp>
#include <memory>

#include "client/cpp/commands.h"
#include "client/cpp/server_options.h"

namespace pixelclip {
namespace {

ExitCode RunHealth(const ServerOptions& options, Console& console) {
  const absl::StatusOr<std::unique_ptr<Client>> client = MakeClient(options);
  if (!client.ok()) return Fail(console, "pixelclip", client.status());
  const absl::StatusOr<bool> serving = (*client)->IsServing();
  if (!serving.ok()) return Fail(console, "pixelclip", serving.status());
  console.out << options.server
              << (*serving ? " serves\n" : " does not serve: it is starting or shutting down\n");
  return *serving ? ExitCode::kSuccess : ExitCode::kFailure;
}

}  // namespace

Command AddHealthCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<ServerOptions>();
  CLI::App* command = app.add_subcommand("health", "Say whether the server serves; exit code 0 if so");
  AddServerOptions(*command, *options);
  return {command, [options, &console] { return RunHealth(*options, console); }};
}

}  // namespace pixelclip
