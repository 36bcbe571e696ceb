#include "client/load/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/check_number.h"
#include "client/load/arrivals.h"
#include "client/load/load_command.h"

namespace pixelclip {
namespace {

struct ClosedOptions {
  LoadTestOptions load;
  int callers = 1;
};

struct OpenOptions {
  LoadTestOptions load;
  double rate = 0;
  std::string arrivals = "poisson";
};

}  // namespace

Command AddClosedCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<ClosedOptions>();
  CLI::App* command = app.add_subcommand(
      "closed", "Callers that send the next call when the last was answered: what can the server do?");
  command->add_option("-c,--callers", options->callers, "How many [1]")
      ->check(CLI::Range(1, 100000))
      ->option_text("N");
  AddLoadTestOptions(*command, options->load);
  command->footer(
      "Example:\n"
      "  pixelclip-load closed --callers 32 --duration 30 --image photos/ --words \"cat; dog; sky\"");
  return {command, [options, &console] {
            options->load.max_in_flight = std::max(options->load.max_in_flight, options->callers);
            ClosedLoop arrivals(options->callers);
            return RunLoadCommand({{"mode", "closed"}, {"callers", options->callers}}, options->load,
                                  arrivals, console);
          }};
}

Command AddOpenCommand(CLI::App& app, Console& console) {
  const auto options = std::make_shared<OpenOptions>();
  CLI::App* command = app.add_subcommand(
      "open", "Calls at a rate, whether or not earlier ones were answered: how does the server bear it?");
  command->add_option("-r,--rate", options->rate, "Calls a second")
      ->required()
      ->check(CheckNumber)
      ->check(CLI::Range(1e-3, 1e6))
      ->option_text("X");
  command->add_option("--arrivals", options->arrivals, "poisson, as from many users, or constant [poisson]")
      ->check(CLI::IsMember({"poisson", "constant"}))
      ->option_text("NAME");
  AddLoadTestOptions(*command, options->load);
  command->footer(
      "Example:\n"
      "  pixelclip-load open --rate 150 --timeout 1 --duration 60 --json report.json --fail-on \"p99>1\"");
  return {
      command, [options, &console] {
        const std::unique_ptr<Arrivals> arrivals = options->arrivals == "constant"
                                                       ? OpenLoop::Constant(options->rate)
                                                       : OpenLoop::Poisson(options->rate, options->load.seed);
        return RunLoadCommand({{"mode", "open"}, {"rate", options->rate}, {"arrivals", options->arrivals}},
                              options->load, *arrivals, console);
      }};
}

}  // namespace pixelclip
