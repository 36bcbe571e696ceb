#ifndef PIXELCLIP_CLIENT_LOAD_REPORT_H_
#define PIXELCLIP_CLIENT_LOAD_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "client/load/load_stats.h"

namespace pixelclip {

// For people: rates, latencies by what became of the calls, error codes, the server's stages. Lines of at
// most `columns` columns, as far as numbers allow.
std::string FormatReport(const LoadStats& stats, int columns);

// For programs: all of it, with histograms. docs/load_testing.md describes the fields.
nlohmann::ordered_json StatsToJson(const LoadStats& stats);

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_REPORT_H_
