#ifndef PIXELCLIP_SERVER_METRICS_ENDPOINT_H_
#define PIXELCLIP_SERVER_METRICS_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct mg_context;

namespace pixelclip {

// A small HTTP server for Prometheus, and for probes that do not speak gRPC:
//
//   /metrics  200 and Options::metrics
//   /healthz  200 if Options::alive, else 503
//   /readyz   200 if Options::ready, else 503
//
// For GET and HEAD, of anybody who reaches the address. A client that is slower than five seconds is cut off.
class MetricsEndpoint {
 public:
  struct Options {
    // HOST:PORT; port 0 lets the system choose. HOST is an IPv4 address or a name of this machine.
    std::string listen;
    // All are called from threads of the endpoint's, several at once, and must not throw.
    std::function<std::string()> metrics;
    std::function<bool()> alive;
    std::function<bool()> ready;
  };

  // INVALID_ARGUMENT if `listen` is malformed, UNAVAILABLE if nobody can listen there.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(Options options);

  // Ends requests in progress; takes up to two seconds if a client is connected and silent.
  ~MetricsEndpoint();

  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  // HOST:PORT, with the port that is really listened on.
  const std::string& address() const { return address_; }

 private:
  explicit MetricsEndpoint(Options options) : options_(std::move(options)) {}

  const Options options_;
  std::string address_;
  mg_context* context_ = nullptr;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_METRICS_ENDPOINT_H_
