#include "trainer/figures/step_log_reader.h"

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pixelclip {

absl::StatusOr<Series> ReadStepLog(std::string_view text, const std::string& field) {
  Series series;
  std::set<std::string> fields;
  int line_number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;  // not finished
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    const auto record = nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || !record.contains("step") || !record["step"].is_number()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line_number, ": expected a JSON object with a number called step"));
    }
    for (const auto& [name, value] : record.items()) fields.insert(name);
    const auto found = record.find(field);
    if (found == record.end() || found->is_null()) continue;
    if (!found->is_number()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_number, ": ", field, " is no number"));
    }
    series.xs.push_back(record["step"].get<double>());
    series.ys.push_back(found->get<double>());
  }
  if (series.xs.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no step has a field ", field, "; there are: ", absl::StrJoin(fields, ", ")));
  }
  return series;
}

}  // namespace pixelclip
