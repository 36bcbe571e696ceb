#include "trainer/run/step_log.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/checkpoint/atomic_file.h"

namespace pixelclip {
namespace {

using nlohmann::ordered_json;

// The lines of complete steps before `first_step`.
std::string EarlierLines(const std::string& path, int64_t first_step) {
  std::string kept, line;
  std::ifstream file(path);
  while (std::getline(file, line) && !file.eof()) {  // at the end of the file: a line without its line feed
    const ordered_json record = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || !record.contains("step") || !record["step"].is_number_integer()) continue;
    if (record["step"].get<int64_t>() < first_step) kept += line + "\n";
  }
  return kept;
}

}  // namespace

absl::StatusOr<StepLog> StepLog::Open(const std::string& path, int64_t first_step) {
  const std::string kept = EarlierLines(path, first_step);
  absl::StatusOr<AtomicFile> rewritten = AtomicFile::Create(path);
  if (!rewritten.ok()) return rewritten.status();
  if (absl::Status status = rewritten->Append(kept.data(), kept.size()); !status.ok()) return status;
  if (absl::Status status = rewritten->Commit(); !status.ok()) return status;
  absl::StatusOr<AppendFile> file = AppendFile::Open(path);
  if (!file.ok()) return file.status();
  return StepLog(*std::move(file));
}

absl::Status StepLog::Add(const StepRecord& record) {
  ordered_json line = {{"step", record.step}};
  for (const auto& [name, value] : record.values) line[name] = value;
  return file_.Append(line.dump() + "\n");
}

}  // namespace pixelclip
