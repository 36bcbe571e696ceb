#ifndef PIXELCLIP_CLIENT_LOAD_LOAD_STATS_H_
#define PIXELCLIP_CLIENT_LOAD_LOAD_STATS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "client/load/histogram.h"
#include "client/load/transport.h"

namespace pixelclip {

// What became of a call.
enum class Outcome {
  kAnswered,  // OK
  kRefused,   // RESOURCE_EXHAUSTED, or any error that says when to try again
  kExpired,   // the deadline passed; the server had not refused
  kFailed,    // any other error: of a call that the server accepted, or that never reached it
};
constexpr int kOutcomes = 4;

Outcome OutcomeOf(const Answer& answer);

// "RESOURCE_EXHAUSTED", as gRPC's documents spell it.
std::string CodeName(grpc::StatusCode code);

// The stages of SegmentResponse.seconds, in the order of the work.
constexpr std::array<const char*, 8> kStages = {"decode",  "preprocess", "queue",  "text",
                                                "encoder", "classify",   "encode", "total"};

// What was measured in one run. Latencies count from when the call was due, not from when the client came to
// send it, so that a server that holds the client up does not look fast.
//
// The window is the run without its warm-up. Latencies and counts are those of the calls that were due in it,
// however late they were answered; rates are those of the answers that came in it, whenever their calls were
// sent.
struct LoadStats {
  struct OfCode {
    Histogram latency;
    std::string first_message;
  };

  double window_seconds = 0;

  int64_t sent = 0;
  int64_t unsent = 0;  // due, but as many calls as allowed were in flight
  int64_t late = 0;    // OK, but after the deadline
  std::map<grpc::StatusCode, OfCode> codes;
  std::array<Histogram, kOutcomes> outcomes;  // latencies; see Outcome
  Histogram accepted;                         // latencies of all but the refused
  Histogram send_delay;                       // from when a call was due to when it was sent

  std::array<Histogram, kStages.size()> stages;  // of the answered, as the server says
  int64_t bytes_sent = 0;                        // of messages, before compression and framing
  int64_t bytes_received = 0;

  Histogram pushback;          // the pauses that the server asked for
  int64_t pushback_never = 0;  // it asked not to try again

  int64_t answered_in_window = 0;
  int64_t good_in_window = 0;  // OK within the deadline

  const Histogram& Of(Outcome outcome) const { return outcomes[static_cast<int>(outcome)]; }

  // Answers a second; of them, those within the deadline.
  double Throughput() const { return window_seconds > 0 ? answered_in_window / window_seconds : 0; }
  double Goodput() const { return window_seconds > 0 ? good_in_window / window_seconds : 0; }

  // Counts the answer to a call that was due in the window.
  void Add(const Answer& answer, double latency_seconds, double timeout_seconds);
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_LOAD_STATS_H_
