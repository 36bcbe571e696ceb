#ifndef PIXELCLIP_SERVER_STREAM_CALL_H_
#define PIXELCLIP_SERVER_STREAM_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "server/call_record.h"
#include "server/segment_job.h"

namespace pixelclip {

// Limit on SegmentStreamStart.max_in_flight, and what 0 stands for.
inline constexpr int kMaxStreamInFlight = 64;
inline constexpr int kDefaultStreamInFlight = 4;

// A call of SegmentStream: one job for each picture, some at a time. Deletes itself when gRPC has done with
// it.
//
// A picture is in flight until its answer has been written, so a slow reader holds the stream back, and with
// it, by gRPC's flow control, the sender. One more picture is read ahead. While the server's queue is full,
// pictures wait here rather than fail, unless only the latest counts.
//
// When the server begins to drain, nothing more is read; what was read is answered, and the call ends with
// UNAVAILABLE.
class StreamCall : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamCall(ServerState& state, grpc::CallbackServerContext& context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  struct Picture {
    v1::SegmentStreamPicture sent;
    v1::SegmentStreamResponse answer;
  };

  // These four are called with mutex_ held.
  void Drain();
  absl::Status Take(v1::SegmentStreamRequest* message);
  absl::Status Begin(const v1::SegmentStreamStart& start);
  bool WantsToRead() const;

  // Does whatever can be done now: read, write, begin a picture, end the call. `this` may be gone when it
  // returns.
  void Advance();
  void Segment(std::unique_ptr<Picture> picture);
  void Answer(std::unique_ptr<Picture> picture, const absl::Status& status);
  void HoldBack(std::unique_ptr<Picture> picture, int64_t milliseconds);
  void OnGateClosing();

  ServerState& state_;
  CallRecord record_;
  Caller caller_;
  grpc::Alarm alarm_;
  grpc::ByteBuffer message_;         // what is being read
  grpc::ByteBuffer written_answer_;  // what is being written

  std::mutex mutex_;                              // guards all that follows
  std::shared_ptr<const CallSettings> settings_;  // null until the first message
  int max_in_flight_ = kDefaultStreamInFlight;
  bool latest_only_ = false;
  std::deque<std::unique_ptr<Picture>> waiting_;   // read and not begun
  std::deque<std::unique_ptr<Picture>> answered_;  // not yet written
  std::unique_ptr<Picture> writing_;
  int in_flight_ = 0;       // begun, and its answer not yet written
  bool held_back_ = false;  // an alarm is set
  // While the gate may still call this: the call must not end before it has, or has been told not to.
  std::optional<uint64_t> gate_watch_;
  bool draining_ = false;
  bool reading_ = false;
  bool read_all_ = false;
  bool ended_ = false;
  absl::Status status_;  // what the call ends with
  int64_t pictures_ = 0;
  int64_t failed_ = 0;
  int64_t skipped_ = 0;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_STREAM_CALL_H_
