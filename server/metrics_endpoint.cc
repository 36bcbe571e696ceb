#include "server/metrics_endpoint.h"

#include <civetweb.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

struct Response {
  int code = 200;
  const char* reason = "OK";
  std::string body;
};

Response Verdict(bool yes, const std::string& what) {
  return yes ? Response{200, "OK", what + "\n"} : Response{503, "Service Unavailable", "not " + what + "\n"};
}

Response Answer(const MetricsEndpoint::Options& options, const mg_request_info& request) {
  const std::string_view method = request.request_method;
  const std::string_view path = request.local_uri == nullptr ? "" : request.local_uri;
  if (method != "GET" && method != "HEAD") return {405, "Method Not Allowed", "GET and HEAD only\n"};
  if (path == "/metrics") return {200, "OK", options.metrics()};
  if (path == "/healthz") return Verdict(options.alive(), "alive");
  if (path == "/readyz") return Verdict(options.ready(), "ready");
  return {404, "Not Found", "/metrics, /healthz and /readyz are here\n"};
}

// Answers every request, so that CivetWeb itself serves nothing.
int HandleRequest(mg_connection* connection) {
  const mg_request_info& request = *mg_get_request_info(connection);
  const auto& options = *static_cast<const MetricsEndpoint::Options*>(request.user_data);
  mg_disable_keep_alive(connection);  // also spares us reading a body that nobody asked for
  const Response response = Answer(options, request);
  mg_printf(connection,
            "HTTP/1.1 %d %s\r\n"
            "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: %zu\r\n"
            "Cache-Control: no-store\r\n"
            "Connection: close\r\n\r\n",
            response.code, response.reason, response.body.size());
  if (std::string_view(request.request_method) != "HEAD") {
    mg_write(connection, response.body.data(), response.body.size());
  }
  return response.code;
}

// CivetWeb says only here why it does not start; it does so on the thread that starts it, and with the cause
// first.
thread_local std::string first_complaint;

int KeepComplaint(const mg_connection*, const char* message) {
  if (first_complaint.empty()) first_complaint = message;
  return 1;
}

struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};

absl::StatusOr<HostAndPort> ParseListen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  HostAndPort parsed;
  if (colon != std::string::npos) parsed.host = listen.substr(0, colon);
  // CivetWeb would take more than one address, and marks for TLS; it knows no IPv6 as Debian builds it.
  const bool plain_host = !parsed.host.empty() && parsed.host.find_first_of(",+ []:") == std::string::npos;
  const std::string_view port = colon == std::string::npos ? "" : std::string_view(listen).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (!plain_host || error != std::errc() || end != port.data() + port.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the address for metrics must be HOST:PORT, with a name or an IPv4 address and a port of 0 to 65535, "
        "and is \"",
        listen, "\""));
  }
  return parsed;
}

void Knock(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  char error[256];
  mg_connection* const connection =
      mg_connect_client(host.c_str(), std::atoi(address.c_str() + colon + 1), 0, error, sizeof error);
  if (connection != nullptr) mg_close_connection(connection);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(Options options) {
  const auto listen = ParseListen(options.listen);
  if (!listen.ok()) return listen.status();
  const std::string port = absl::StrCat(listen->host, ":", listen->port);
  const char* settings[] = {"listening_ports",    port.c_str(), "num_threads", "4",
                            "request_timeout_ms", "5000",       nullptr};
  mg_callbacks callbacks = {};
  callbacks.begin_request = HandleRequest;
  callbacks.log_message = KeepComplaint;

  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint(std::move(options)));
  first_complaint.clear();
  endpoint->context_ = mg_start(&callbacks, const_cast<Options*>(&endpoint->options_), settings);
  mg_server_port bound = {};
  if (endpoint->context_ == nullptr || mg_get_server_ports(endpoint->context_, 1, &bound) != 1) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", endpoint->options_.listen, " for metrics: ", first_complaint));
  }
  endpoint->address_ = absl::StrCat(listen->host, ":", bound.port);
  return endpoint;
}

MetricsEndpoint::~MetricsEndpoint() {
  if (context_ == nullptr) return;
  // CivetWeb notices that it is to stop when somebody connects, or else after two seconds.
  std::atomic<bool> stopped{false};
  std::thread knocking([this, &stopped] {
    while (!stopped) {
      Knock(address_);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  mg_stop(context_);
  stopped = true;
  knocking.join();
}

}  // namespace pixelclip
