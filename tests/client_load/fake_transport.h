#ifndef PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_TRANSPORT_H_
#define PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_TRANSPORT_H_

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "client/load/transport.h"

namespace pixelclip {

// A server of the test's own and a clock that jumps: waiting takes no time.
class FakeTransport : public Transport {
 public:
  struct Reply {
    double after_seconds = 0;
    grpc::Status status;
    std::optional<int64_t> pushback_milliseconds;
  };

  // Says how the call of that number is answered.
  explicit FakeTransport(std::function<Reply(int64_t)> reply) : reply_(std::move(reply)) {}

  double Now() const override { return now_; }

  void Start(int64_t call, const v1::SegmentRequest& request, double deadline) override {
    started_at.push_back(now_);
    now_ += seconds_to_send;
    Reply reply = reply_(call);
    Answer answer;
    answer.call = call;
    answer.pushback_milliseconds = reply.pushback_milliseconds;
    answer.status = reply.status;
    double when = now_ + reply.after_seconds;
    if (when > deadline) {
      when = deadline;
      answer.status = grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded");
    }
    pending_.emplace(when, std::move(answer));
    most_in_flight = std::max(most_in_flight, static_cast<int>(pending_.size()));
  }

  std::optional<Answer> Next(double until) override {
    if (pending_.empty() || pending_.begin()->first > std::max(until, now_)) {
      if (std::isfinite(until)) now_ = std::max(now_, until);
      return std::nullopt;
    }
    auto first = pending_.extract(pending_.begin());
    now_ = std::max(now_, first.key());
    return std::move(first.mapped());
  }

  double seconds_to_send = 0;  // how long Start keeps the client busy
  std::vector<double> started_at;
  int most_in_flight = 0;

 private:
  const std::function<Reply(int64_t)> reply_;
  double now_ = 1000;
  std::multimap<double, Answer> pending_;  // by when they come
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_CLIENT_LOAD_FAKE_TRANSPORT_H_
