#include "trainer/scale/launch_environment.h"

#include <limits>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

// The longest that DNS allows.
constexpr size_t kMaximumAddressLength = 253;

absl::Status BadVariable(const char* name, const std::string& value, const std::string& problem) {
  // Values come from outside: what a message repeats of them is short and printable.
  return absl::InvalidArgumentError(absl::StrCat("environment variable ", name, "=\"",
                                                 absl::CHexEscape(value.substr(0, 80)), "\" ", problem));
}

// Reads variables and keeps the first problem, so that what follows can be written without a check a line.
class Variables {
 public:
  explicit Variables(const LaunchEnvironment::Lookup& lookup) : lookup_(lookup) {}

  bool Has(const char* name) const { return lookup_(name) != nullptr; }

  std::string Text(const char* name) const {
    const char* value = lookup_(name);
    return value == nullptr ? "" : value;
  }

  // The variable as a whole number in [least, most], where `why` says what sets that limit; `otherwise` if it
  // is not set.
  int Number(const char* name, int least, int most, int otherwise, const std::string& why = "") {
    if (!Has(name)) return otherwise;
    const std::string text = Text(name);
    int number = 0;
    if (!absl::SimpleAtoi(text, &number)) {
      Fail(BadVariable(name, text, "is not a whole number"));
      return otherwise;
    }
    if (number < least || number > most) {
      Fail(BadVariable(name, text, absl::StrCat("is outside ", least, "..", most, why)));
      return otherwise;
    }
    return number;
  }

  void Fail(absl::Status problem) { problem_.Update(problem); }
  const absl::Status& problem() const { return problem_; }

 private:
  const LaunchEnvironment::Lookup& lookup_;
  absl::Status problem_;
};

int RankOf(Variables& variables, int world_size) {
  const std::string below = absl::StrCat(": WORLD_SIZE is ", world_size);
  if (variables.Has("RANK")) return variables.Number("RANK", 0, world_size - 1, 0, below);
  if (!variables.Has("JOB_COMPLETION_INDEX")) {
    if (world_size > 1)
      variables.Fail(absl::InvalidArgumentError(absl::StrCat(
          "environment variable RANK is not set, nor JOB_COMPLETION_INDEX, but WORLD_SIZE is ", world_size)));
    return 0;
  }
  // The index counts pods: it is a rank only where each pod is one.
  variables.Number("LOCAL_WORLD_SIZE", 1, 1, 1, ": RANK is not set and JOB_COMPLETION_INDEX counts pods");
  return variables.Number("JOB_COMPLETION_INDEX", 0, world_size - 1, 0, below);
}

// The address and port of the meeting place, which several ranks must have and one may.
void ReadMaster(Variables& variables, LaunchEnvironment& environment) {
  for (const char* name : {"MASTER_ADDR", "MASTER_PORT"}) {
    if (environment.world_size > 1 && variables.Text(name).empty())
      variables.Fail(absl::InvalidArgumentError(absl::StrCat(
          "environment variable ", name, " is not set, but WORLD_SIZE is ", environment.world_size)));
  }
  environment.master_address = variables.Text("MASTER_ADDR");
  if (environment.master_address.size() > kMaximumAddressLength)
    variables.Fail(
        BadVariable("MASTER_ADDR", environment.master_address,
                    absl::StrCat("is longer than ", kMaximumAddressLength,
                                 " bytes, the limit for a host name: ", environment.master_address.size())));
  environment.master_port =
      static_cast<uint16_t>(variables.Number("MASTER_PORT", 1, std::numeric_limits<uint16_t>::max(), 0));
}

}  // namespace

absl::StatusOr<LaunchEnvironment> LaunchEnvironment::FromEnvironment(const Lookup& lookup) {
  Variables variables(lookup);
  LaunchEnvironment environment;
  if (!variables.Has("WORLD_SIZE")) {
    // An Indexed Job whose pods each train alone has an index too, so that one may stay.
    for (const char* name : {"RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
      if (variables.Has(name))
        return BadVariable(name, variables.Text(name), "is set, but WORLD_SIZE is not");
    }
    return environment;
  }

  environment.world_size = variables.Number("WORLD_SIZE", 1, kMaximumWorldSize, 1);
  environment.local_world_size = variables.Number("LOCAL_WORLD_SIZE", 1, environment.world_size, 1,
                                                  absl::StrCat(": WORLD_SIZE is ", environment.world_size));
  environment.rank = RankOf(variables, environment.world_size);
  environment.local_rank =
      variables.Number("LOCAL_RANK", 0, environment.local_world_size - 1, 0,
                       absl::StrCat(": LOCAL_WORLD_SIZE is ", environment.local_world_size));
  ReadMaster(variables, environment);

  const std::string keeper = variables.Text("TORCHELASTIC_USE_AGENT_STORE");
  if (!keeper.empty() && keeper != "True" && keeper != "False")
    variables.Fail(BadVariable("TORCHELASTIC_USE_AGENT_STORE", keeper, "is neither True nor False"));
  environment.launcher_keeps_store = keeper == "True";
  environment.restart_count =
      variables.Number("TORCHELASTIC_RESTART_COUNT", 0, std::numeric_limits<int>::max(), 0);
  if (!variables.problem().ok()) return variables.problem();
  return environment;
}

}  // namespace pixelclip
