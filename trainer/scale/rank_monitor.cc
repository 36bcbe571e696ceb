#include "trainer/scale/rank_monitor.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace pixelclip {
namespace {

using std::chrono::milliseconds;

// Heartbeats without news after which a rank counts as lost.
constexpr int kSilence = 3;
// Heartbeats that are watched before judging.
constexpr int kWatch = 4;
// Heartbeats that a store may take to answer, and the time that it gets however short they are.
constexpr int kStorePatience = 10;
constexpr milliseconds kShortestPatience{1000};

// A rank's key holds its count of heartbeats, and after its end this word and a reason.
constexpr char kEnded[] = "ended: ";
// Or in the place of its first heartbeat this one.
constexpr char kDeclined[] = "declined: ";
constexpr size_t kLongestReason = 500;

std::string KeyOf(int rank) { return absl::StrCat("alive/", rank); }
std::string AcknowledgementOf(int rank) { return absl::StrCat("declined/", rank); }

}  // namespace

class RankMonitor::State {
 public:
  State(c10::intrusive_ptr<c10d::Store> store, Options options)
      : keeper_(std::move(store)),
        store_(keeper_->clone()),
        options_(std::move(options)),
        ranks_(options_.world_size) {
    for (int rank = 0; rank < options_.world_size; ++rank) keys_.push_back(KeyOf(rank));
  }

  // Throw what the store throws.
  void Arrive(const std::string& sign) { store_->set(KeyOf(options_.rank), sign); }
  void AwaitAll() { store_->wait(keys_, options_.timeout); }

  // "rank 2 cannot take part: no such folder" of every rank that arrived only to say so. Throws what the
  // store throws.
  std::vector<std::string> Declined() {
    std::vector<std::string> declined;
    const std::vector<std::vector<uint8_t>> signs = store_->multiGet(keys_);
    for (size_t rank = 0; rank < signs.size(); ++rank) {
      const std::string sign(signs[rank].begin(), signs[rank].end());
      absl::string_view words = sign;
      if (absl::ConsumePrefix(&words, kDeclined))
        declined.push_back(absl::StrCat("rank ", rank, " cannot take part: ", words));
    }
    return declined;
  }

  // Says that this rank has read why another declined. On rank 0, which may keep the store, waits until all
  // have. Throws what the store throws.
  void Acknowledge() {
    store_->set(AcknowledgementOf(options_.rank), "");
    if (options_.rank != 0) return;
    std::vector<std::string> keys;
    for (int rank = 0; rank < options_.world_size; ++rank) keys.push_back(AcknowledgementOf(rank));
    store_->wait(keys, options_.timeout);
  }

  // Which ranks have not arrived or, if all have, what the store reported. `state` may be null.
  static absl::Status StartProblem(State* state, const Options& options, const std::string& problem) {
    std::vector<int> missing;
    try {
      if (state != nullptr) missing = state->Missing();
    } catch (const std::exception&) {
      // Then the store itself is the problem, and `problem` says so.
    }
    if (missing.empty())
      return absl::UnavailableError(absl::StrCat("rank ", options.rank, ": the store that ",
                                                 options.store_host,
                                                 " keeps failed: ", problem.substr(0, problem.find('\n'))));
    return absl::UnavailableError(absl::StrCat("rank ", options.rank, ": of ", options.world_size,
                                               " ranks these did not arrive within ", options.timeout.count(),
                                               " ms: ", absl::StrJoin(missing, ", ")));
  }

  // The ranks that have not arrived. Throws what the store throws.
  std::vector<int> Missing() {
    std::vector<int> missing;
    for (int rank = 0; rank < options_.world_size; ++rank)
      if (!store_->check({KeyOf(rank)})) missing.push_back(rank);
    return missing;
  }

  // The thread's work.
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stop_ && store_problem_.empty()) {
      lock.unlock();
      ExchangeSigns();
      lock.lock();
      changed_.notify_all();
      changed_.wait_for(lock, options_.heartbeat, [this] { return stop_; });
    }
    lock.unlock();
    SayGoodbye();
    lock.lock();
    done_ = true;
    changed_.notify_all();
  }

  std::string DescribeLost() {
    std::unique_lock<std::mutex> lock(mutex_);
    const int64_t until = rounds_ + kWatch;
    const bool answered =
        changed_.wait_for(lock, Patience(), [&] { return rounds_ >= until || !store_problem_.empty(); });
    if (!store_problem_.empty())
      return absl::StrCat(options_.store_host, " is lost or has ended: its store is gone (", store_problem_,
                          ")");
    if (!answered)
      return absl::StrCat(options_.store_host, " is lost: its store did not answer for ", Patience().count(),
                          " ms");

    std::vector<std::string> lost;
    for (int rank = 0; rank < options_.world_size; ++rank) {
      const Rank& other = ranks_[rank];
      if (rank == options_.rank || other.silent_rounds < kSilence) continue;
      absl::string_view last = other.sign;
      lost.push_back(absl::ConsumePrefix(&last, kEnded)
                         ? absl::StrCat("rank ", rank, " has ended: ", last)
                         : absl::StrCat("rank ", rank, " is lost: no sign of life for ", kSilence,
                                        " heartbeats of ", options_.heartbeat.count(), " ms"));
    }
    return lost.empty() ? "every rank is alive" : absl::StrJoin(lost, "; ");
  }

  void SetEnding(const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = reason.substr(0, kLongestReason);
    failed_ = true;
  }

  // Ends the thread; false if it hangs in the store.
  bool Stop() {
    std::unique_lock<std::mutex> lock(mutex_);
    // The others may be reading the store that ends with this process.
    if (failed_ && options_.rank == 0)
      changed_.wait_for(lock, Patience(), [this] { return !store_problem_.empty() || OthersAreGone(); });
    stop_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, Patience(), [this] { return done_; });
  }

 private:
  struct Rank {
    std::string sign;
    int silent_rounds = 0;
  };

  milliseconds Patience() const {
    return std::max<milliseconds>(kShortestPatience, kStorePatience * options_.heartbeat);
  }

  bool OthersAreGone() const {
    for (int rank = 0; rank < options_.world_size; ++rank)
      if (rank != options_.rank && ranks_[rank].silent_rounds < kSilence) return false;
    return true;
  }

  void ExchangeSigns() {
    std::string problem;
    std::vector<std::vector<uint8_t>> signs;
    try {
      store_->set(KeyOf(options_.rank), std::to_string(rounds_ + 1));
      signs = store_->multiGet(keys_);
    } catch (const std::exception& e) {
      problem = e.what();
      if (problem.empty()) problem = "unknown";
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    store_problem_ = problem.substr(0, problem.find('\n'));
    for (size_t i = 0; i < signs.size(); ++i) {
      std::string sign(signs[i].begin(), signs[i].end());
      ranks_[i].silent_rounds = sign == ranks_[i].sign ? ranks_[i].silent_rounds + 1 : 0;
      ranks_[i].sign = std::move(sign);
    }
    ++rounds_;
  }

  void SayGoodbye() {
    try {
      if (store_problem_.empty()) store_->set(KeyOf(options_.rank), absl::StrCat(kEnded, ending_));
    } catch (const std::exception&) {
      // Nobody is left who could read it.
    }
  }

  const c10::intrusive_ptr<c10d::Store> keeper_;  // on rank 0 it is the server
  const c10::intrusive_ptr<c10d::Store>
      store_;  // a connection of its own, used by one thread at a time: Start's, then Run's
  const Options options_;
  std::vector<std::string> keys_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Rank> ranks_;
  int64_t rounds_ = 0;         // written by the thread alone
  std::string store_problem_;  // likewise; empty while the store answers
  std::string ending_ = "it left the run";
  bool failed_ = false;
  bool stop_ = false;
  bool done_ = false;
};

absl::StatusOr<std::unique_ptr<RankMonitor>> RankMonitor::Start(c10::intrusive_ptr<c10d::Store> store,
                                                                const Options& options) {
  std::shared_ptr<State> state;
  std::vector<std::string> declined;
  try {
    state = std::make_shared<State>(std::move(store), options);
    state->Arrive("0");
    state->AwaitAll();
    declined = state->Declined();
    if (!declined.empty()) state->Acknowledge();
  } catch (const std::exception& e) {
    return State::StartProblem(state.get(), options, e.what());
  }
  if (!declined.empty())
    return absl::FailedPreconditionError(
        absl::StrCat("rank ", options.rank, ": ", absl::StrJoin(declined, "; ")));
  return std::unique_ptr<RankMonitor>(new RankMonitor(std::move(state)));
}

absl::Status RankMonitor::Decline(c10::intrusive_ptr<c10d::Store> store, const Options& options,
                                  const std::string& reason) {
  std::unique_ptr<State> state;
  try {
    state = std::make_unique<State>(std::move(store), options);
    state->Arrive(absl::StrCat(kDeclined, reason.substr(0, kLongestReason)));
    state->Acknowledge();
    return absl::OkStatus();
  } catch (const std::exception& e) {
    return State::StartProblem(state.get(), options, e.what());
  }
}

RankMonitor::RankMonitor(std::shared_ptr<State> state)
    : state_(std::move(state)), thread_([state = state_] { state->Run(); }) {}

RankMonitor::~RankMonitor() {
  if (state_->Stop())
    thread_.join();
  else
    thread_.detach();
}

std::string RankMonitor::DescribeLost() { return state_->DescribeLost(); }

void RankMonitor::SetEnding(const std::string& reason) { state_->SetEnding(reason); }

}  // namespace pixelclip
