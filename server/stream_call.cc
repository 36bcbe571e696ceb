#include "server/stream_call.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/label_picture.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/tiling.h"
#include "server/retry_after.h"
#include "server/status_map.h"
#include "server/wire.h"

namespace pixelclip {
namespace {

// Answers that wait for a slow reader of a stream whose sender is not held back.
constexpr size_t kMaxUnwritten = 2 * kMaxStreamInFlight;

}  // namespace

StreamCall::StreamCall(ServerState& state, grpc::CallbackServerContext& context)
    : state_(state),
      record_(state, context, CallRecord::kSegmentation, "SegmentStream"),
      caller_(CallerOf(context)) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = record_.Admit();
    read_all_ = !status_.ok();
    if (status_.ok()) gate_watch_ = state_.gate.Watch([this] { OnGateClosing(); });
    if (!gate_watch_) Drain();
  }
  Advance();
}

void StreamCall::OnGateClosing() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    gate_watch_.reset();
    Drain();
  }
  Advance();
}

// A caller who has sent everything gets everything, and never learns of it.
void StreamCall::Drain() {
  if (read_all_) return;
  draining_ = read_all_ = true;
  status_ = CallRecord::ShuttingDown();
}

void StreamCall::OnCancel() {
  caller_.gone->store(true);
  alarm_.Cancel();
  Advance();
}

void StreamCall::OnReadDone(bool ok) {
  v1::SegmentStreamRequest message;
  absl::Status read;
  if (ok) read = ReadMessage(message_, &message);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    reading_ = false;
    if (draining_) return;  // and has moved on without it, perhaps to the end
    if (ok) record_.metrics().MessageReceived();
    if (!ok) {
      read_all_ = true;
    } else if (absl::Status taken = read.ok() ? Take(&message) : read; !taken.ok()) {
      status_ = std::move(taken);
      read_all_ = true;
      waiting_.clear();
    }
  }
  Advance();
}

void StreamCall::OnWriteDone(bool ok) {
  written_answer_.Clear();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!writing_->answer.has_skipped()) --in_flight_;
    writing_.reset();
    if (ok) record_.metrics().MessageSent();
  }
  if (!ok) caller_.gone->store(true);
  Advance();
}

absl::Status StreamCall::Take(v1::SegmentStreamRequest* message) {
  switch (message->message_case()) {
    case v1::SegmentStreamRequest::kStart:
      return Begin(message->start());
    case v1::SegmentStreamRequest::kPicture:
      break;
    case v1::SegmentStreamRequest::MESSAGE_NOT_SET:
      return FieldError("message", "required: set either start or picture");
  }
  if (settings_ == nullptr) return FieldError("start", "required as the first message of a stream");
  ++pictures_;
  if (latest_only_ && !waiting_.empty()) {
    ++skipped_;
    settings_->model->metrics().CountSuperseded();
    waiting_.back()->answer.set_skipped(true);
    answered_.push_back(std::move(waiting_.back()));
    waiting_.pop_back();
  }
  auto picture = std::make_unique<Picture>();
  picture->sent = std::move(*message->mutable_picture());
  picture->answer.set_id(picture->sent.id());
  waiting_.push_back(std::move(picture));
  return absl::OkStatus();
}

absl::Status StreamCall::Begin(const v1::SegmentStreamStart& start) {
  if (settings_ != nullptr) return FieldError("start", "only the first message may be one");
  if (absl::Status fits = CheckRequestBytes(start.ByteSizeLong(), state_.settings.max_request_bytes);
      !fits.ok()) {
    return fits;
  }
  if (start.max_in_flight() > kMaxStreamInFlight) {
    return FieldError("start.max_in_flight",
                      absl::StrCat(start.max_in_flight(), "; at most ", kMaxStreamInFlight, " are allowed"));
  }
  auto settings = ReadSettings(start, state_);
  if (!settings.ok()) return settings.status();
  // Better once, here, than with every picture. Words that are known were checked when they were embedded.
  absl::Status good;
  if (settings->model->segmenter().FindEmbedded(settings->vocabulary) == nullptr) {
    good =
        ExpandVocabulary(settings->vocabulary, state_.settings.vocabulary_limits, Tokenizer::Clip()).status();
  }
  if (good.ok() && settings->tiling) good = PlanTiles(1, 1, *settings->tiling).status();
  if (good.ok()) good = FindScoreMapClasses(settings->classify, ClassNames(settings->vocabulary)).status();
  if (!good.ok()) return good;
  record_.SendId();
  settings_ = std::make_shared<const CallSettings>(*std::move(settings));
  latest_only_ = start.latest_only();
  if (start.max_in_flight() > 0) max_in_flight_ = static_cast<int>(start.max_in_flight());
  return absl::OkStatus();
}

bool StreamCall::WantsToRead() const {
  if (reading_ || read_all_) return false;
  return waiting_.empty() || (latest_only_ && answered_.size() < kMaxUnwritten);
}

void StreamCall::Advance() {
  bool read = false, end = false;
  Picture* write = nullptr;
  std::unique_ptr<Picture> begin;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) return;
    if (*caller_.gone) {
      waiting_.clear();
      for (const auto& picture : answered_) {
        if (!picture->answer.has_skipped()) --in_flight_;
      }
      answered_.clear();
      if (status_.ok()) status_ = absl::CancelledError("the caller cancelled the call");
      read_all_ = read_all_ || !reading_;
    }
    if (!waiting_.empty() && in_flight_ < max_in_flight_ && !held_back_) {
      begin = std::move(waiting_.front());
      waiting_.pop_front();
      ++in_flight_;
    }
    if (WantsToRead()) read = reading_ = true;
    if (writing_ == nullptr && !answered_.empty()) {
      writing_ = std::move(answered_.front());
      answered_.pop_front();
      write = writing_.get();
    }
    end = read_all_ && waiting_.empty() && answered_.empty() && writing_ == nullptr && in_flight_ == 0 &&
          !held_back_ && (!reading_ || draining_);
    // If the gate is about to call, the call's end is left to that.
    if (end && gate_watch_) end = state_.gate.Unwatch(*gate_watch_);
    ended_ = end;
  }
  // At most one of each is under way, so nothing here overtakes another thread's; after the last line, this
  // may be gone.
  if (read) StartRead(&message_);
  if (write != nullptr) {
    written_answer_ = WriteMessage(write->answer);
    StartWrite(&written_answer_);
  }
  if (begin != nullptr) Segment(std::move(begin));
  if (end) {
    Finish(record_.End(status_, {{"pictures", pictures_}, {"failed", failed_}, {"skipped", skipped_}}));
  }
}

void StreamCall::Segment(std::unique_ptr<Picture> picture) {
  Picture* const kept = picture.release();  // the job's end takes it back
  const auto done = [this, kept](const absl::Status& status) {
    Answer(std::unique_ptr<Picture>(kept), status);
  };
  if (absl::Status fits = CheckRequestBytes(kept->sent.ByteSizeLong(), state_.settings.max_request_bytes);
      !fits.ok()) {
    return done(fits);
  }
  kept->answer.mutable_response()->set_request_id(record_.request_id());
  SegmentJob::Start(state_, settings_, kept->sent.image(), caller_, kept->answer.mutable_response(), done);
}

void StreamCall::Answer(std::unique_ptr<Picture> picture, const absl::Status& status) {
  std::optional<int64_t> retry_after;
  if (absl::IsResourceExhausted(status)) retry_after = RetryAfterMillis(status);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (retry_after && *retry_after >= 0 && !latest_only_ && !*caller_.gone) {
      HoldBack(std::move(picture), *retry_after);
    } else {
      if (!status.ok()) {
        ++failed_;
        *picture->answer.mutable_error() = ToRpcStatus(status);
      }
      picture->sent.Clear();
      answered_.push_back(std::move(picture));
    }
  }
  Advance();
}

void StreamCall::HoldBack(std::unique_ptr<Picture> picture, int64_t milliseconds) {
  --in_flight_;
  waiting_.push_front(std::move(picture));
  if (std::exchange(held_back_, true)) return;
  alarm_.Set(std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds), [this](bool) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      held_back_ = false;
    }
    Advance();
  });
}

}  // namespace pixelclip
