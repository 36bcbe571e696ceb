#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "client/cpp/commands.h"
#include "client/cpp/server_options.h"

namespace pixelclip {
namespace {

struct Options {
  ServerOptions server;
  bool json = false;
};

std::string FormatModels(const ServerListing& served, int columns) {
  Table table({{"model", Table::Align::kLeft},
               {"version", Table::Align::kLeft},
               {"input", Table::Align::kRight},
               {"dimensions", Table::Align::kRight},
               {"description", Table::Align::kLeft}});
  for (const ModelListing& model : served.models) {
    table.AddRow({model.id.name, model.id.version, absl::StrCat(model.input_width, " × ", model.input_height),
                  absl::StrCat(model.embedding_dimensions), model.description});
  }
  return table.Format(columns);
}

std::string ModelsToJson(const ServerListing& served) {
  nlohmann::ordered_json models = nlohmann::ordered_json::array();
  for (const ModelListing& model : served.models) {
    models.push_back({{"name", model.id.name},
                      {"version", model.id.version},
                      {"description", model.description},
                      {"input_width", model.input_width},
                      {"input_height", model.input_height},
                      {"embedding_dimensions", model.embedding_dimensions}});
  }
  const ServerLimits& limits = served.limits;
  const nlohmann::ordered_json document = {{"models", models},
                                           {"limits",
                                            {{"max_image_pixels", limits.max_image_pixels},
                                             {"max_request_bytes", limits.max_request_bytes},
                                             {"max_classes", limits.max_classes},
                                             {"max_synonyms", limits.max_synonyms},
                                             {"max_templates", limits.max_templates},
                                             {"max_prompts", limits.max_prompts},
                                             {"max_score_maps", limits.max_score_maps},
                                             {"max_background_words", limits.max_background_words}}}};
  return document.dump() + "\n";
}

ExitCode RunModels(const Options& options, Console& console) {
  const absl::StatusOr<std::unique_ptr<Client>> client = MakeClient(options.server);
  if (!client.ok()) return Fail(console, "pixelclip", client.status());
  const absl::StatusOr<ServerListing> served = (*client)->ListModels();
  if (!served.ok()) return Fail(console, "pixelclip", served.status());
  console.out << (options.json ? ModelsToJson(*served) : FormatModels(*served, console.out_columns));
  return ExitCode::kSuccess;
}

}  // namespace

Command AddModelsCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("models", "List the server's models");
  AddServerOptions(*command, options->server);
  command->add_flag("--json", options->json, "Print JSON, with the limits on requests");
  return {command, [options, &console] { return RunModels(*options, console); }};
}

}  // namespace pixelclip
