#ifndef PIXELCLIP_SERVER_CALL_RECORD_H_
#define PIXELCLIP_SERVER_CALL_RECORD_H_

#include <grpcpp/server_context.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/stopwatch.h"
#include "server/server_state.h"
#include "server/trace_context.h"

namespace pixelclip {

// What is known of one call from its arrival to its end: counts it, and logs a line about it. One thread at a
// time, but for metrics().
class CallRecord {
 public:
  static constexpr char kSegmentation[] = "pixelclip.v1.Segmentation";
  static constexpr char kModelAdmin[] = "pixelclip.v1.ModelAdmin";

  // What callers are told who come, or would stay, when the server is about to end.
  static absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

  // Counts the call as begun.
  CallRecord(ServerState& state, grpc::ServerContextBase& context, const std::string& service,
             std::string_view method);

  const std::string& request_id() const { return request_id_; }
  double seconds() const { return stopwatch_.Total(); }

  // For messages of a stream.
  CallMetrics& metrics() { return metrics_; }

  // UNAVAILABLE if the server is about to end; UNAUTHENTICATED if it wants a token and the call has none or
  // another. To be asked before anything is done for the call.
  absl::Status Admit() const;

  // Sends the call's id as the header "x-request-id". Not before it is certain that the call will be answered
  // with something else than an error: clients do not retry a call of which a header has come.
  void SendId();

  // Counts and logs the end. Sends the id if SendId has not, for an error in a trailer; in another, the time
  // after which a refused caller may try again. `more` is a JSON object of further facts, never of a caller's
  // words.
  grpc::Status End(const absl::Status& status,
                   const nlohmann::ordered_json& more = nlohmann::ordered_json::object());

 private:
  ServerState& state_;
  grpc::ServerContextBase& context_;
  const std::string method_;
  const std::string request_id_;
  bool id_sent_ = false;
  const Stopwatch stopwatch_;
  CallMetrics metrics_;
  const bool entered_;  // the server's gate
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_CALL_RECORD_H_
