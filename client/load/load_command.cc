#include "client/load/load_command.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command_line.h"
#include "cli/file_io.h"
#include "client/cpp/channel.h"
#include "client/cpp/grpc_status.h"
#include "client/load/channels.h"
#include "client/load/condition.h"
#include "client/load/grpc_transport.h"
#include "client/load/report.h"

namespace pixelclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kProgram[] = "pixelclip-load";

// The model that will answer.
absl::StatusOr<ModelId> FindModel(const Client& client, const std::string& name) {
  const absl::StatusOr<ServerListing> served = client.ListModels();
  if (!served.ok()) return served.status();
  for (const ModelListing& model : served->models) {
    if (name.empty() || model.id.name == name) return model.id;
  }
  return absl::NotFoundError(absl::StrCat("--model: the server has no model \"", name, "\""));
}

absl::Status RegisterVocabularies(const std::shared_ptr<grpc::Channel>& channel, const ClientOptions& options,
                                  WorkloadOptions& workload) {
  const auto stub = v1::Segmentation::NewStub(channel);
  for (const v1::Vocabulary& vocabulary : workload.vocabularies) {
    v1::RegisterVocabularyRequest request;
    *request.mutable_vocabulary() = vocabulary;
    request.set_model(workload.common.model());
    v1::RegisterVocabularyResponse response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::microseconds(static_cast<int64_t>(options.timeout_seconds * 1e6)));
    AddToken(context, options.token);
    const absl::Status status = FromGrpcStatus(stub->RegisterVocabulary(&context, request, &response));
    if (!status.ok()) return absl::Status(status.code(), absl::StrCat("--register: ", status.message()));
    workload.vocabulary_ids.push_back(response.vocabulary_id());
  }
  return absl::OkStatus();
}

// "mode closed, callers 32"
std::string Describe(const Json& mode) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : mode.items()) {
    parts.push_back(absl::StrCat(key, " ", value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return absl::StrJoin(parts, ", ");
}

absl::Status WriteJson(const std::string& path, const Json& json) {
  // Messages of a server need not be UTF-8, which JSON has to be.
  return WriteFileAtomically(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

ExitCode RunLoadCommand(const Json& mode, const LoadTestOptions& options, Arrivals& arrivals,
                        Console& console) {
  absl::StatusOr<WorkloadOptions> workload_options = MakeWorkloadOptions(options);
  if (!workload_options.ok()) return Fail(console, kProgram, workload_options.status(), ExitCode::kUsage);
  const absl::StatusOr<ClientOptions> connection = ReadClientOptions(options.server);
  if (!connection.ok()) return Fail(console, kProgram, connection.status(), ExitCode::kUsage);
  const absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(*connection);
  if (!client.ok()) return Fail(console, kProgram, client.status(), ExitCode::kUsage);
  // Also tells, in good words, where no server is.
  const absl::StatusOr<ModelId> model = FindModel(**client, options.model);
  if (!model.ok()) return Fail(console, kProgram, model.status());
  const auto channels = MakeChannels(*connection, options.channels, options.retries);
  if (options.register_vocabularies) {
    const absl::Status registered = RegisterVocabularies(channels.front(), *connection, *workload_options);
    if (!registered.ok()) return Fail(console, kProgram, registered);
  }

  console.out << Describe(mode) << "; model " << model->name << " " << model->version << " at "
              << options.server.server << "\n"
              << std::endl;
  Workload workload(*std::move(workload_options));
  GrpcTransport transport(channels, connection->token);
  const LoadStats stats = RunLoad(MakeLoopOptions(options), arrivals, workload, transport);
  console.out << FormatReport(stats, console.out_columns);

  std::vector<std::string> failures;
  for (const std::string& text : options.fail_on) {
    const absl::StatusOr<Condition> condition = ParseCondition(text);
    if (!condition.ok()) return Fail(console, kProgram, condition.status(), ExitCode::kUsage);
    if (condition->Holds(stats)) failures.push_back(text);
  }
  if (!options.json.empty()) {
    Json settings = mode;
    settings.update(SettingsToJson(options));
    const Json document = {{"settings", settings},
                           {"model", {{"name", model->name}, {"version", model->version}}},
                           {"failures", failures},
                           {"results", StatsToJson(stats)}};
    if (const absl::Status written = WriteJson(options.json, document); !written.ok()) {
      return Fail(console, kProgram, written);
    }
  }
  for (const std::string& failure : failures)
    Fail(console, kProgram, absl::AbortedError("failed on " + failure));
  if (stats.Of(Outcome::kAnswered).count() == 0) {
    return Fail(console, kProgram, absl::UnavailableError("no call was answered"));
  }
  return failures.empty() ? ExitCode::kSuccess : ExitCode::kFailure;
}

}  // namespace pixelclip
