#ifndef PIXELCLIP_CLIENT_CPP_SEGMENT_STREAM_H_
#define PIXELCLIP_CLIENT_CPP_SEGMENT_STREAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"

namespace pixelclip {

// What became of one picture of a stream.
struct StreamAnswer {
  uint64_t id = 0;       // as it was sent
  bool skipped = false;  // StreamOptions::latest_only: a newer one took its place; `result` is CANCELLED
  // Errors are this picture's own, as Client::Segment has them; the stream goes on.
  absl::StatusOr<SegmentResult> result;
};

// Many pictures with the same words, each answered once, in any order. Client::OpenStream makes it; it may
// outlive the client.
//
// One thread may send while another receives: with one thread for both, keep no more pictures unanswered than
// the server takes at once (StreamOptions::max_in_flight), or both sides end up waiting. Nothing is repeated:
// after an error of the stream, what was not answered can be sent on another.
class SegmentStream {
 public:
  // Cancels what is still under way.
  ~SegmentStream();

  SegmentStream(const SegmentStream&) = delete;
  SegmentStream& operator=(const SegmentStream&) = delete;

  // Sends a picture file; waits while the server has enough to do. False if the stream has ended: Receive
  // says why. REQUIRES: DoneSending was not called.
  bool Send(uint64_t id, std::string_view encoded_picture);

  // No more pictures will come. To be called once, by the thread that sends.
  void DoneSending();

  // Waits for an answer. Nothing once all pictures are answered after DoneSending. An error ends the stream,
  // and is returned again from then on: the words or options were refused, the connection was lost, or the
  // server is shutting down (UNAVAILABLE).
  absl::StatusOr<std::optional<StreamAnswer>> Receive();

  // Ends the stream: Receive returns CANCELLED. From any thread.
  void Cancel();

 private:
  friend class Client;
  struct Call;

  SegmentStream(std::shared_ptr<const Connection> connection, const RequestWords& words,
                const StreamOptions& options);

  const std::unique_ptr<Call> call_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_SEGMENT_STREAM_H_
