#ifndef PIXELCLIP_TESTS_TESTING_ANSWERS_H_
#define PIXELCLIP_TESTS_TESTING_ANSWERS_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/encode_task.h"

namespace pixelclip::testing {

// Makes tasks, each told from the others by a number, and collects what becomes of them.
class Answers {
 public:
  struct Answer {
    absl::Status status;
    float value = 0;  // of the features
    EncodeTimes times;
  };

  EncodeTask Task(int number, std::function<bool()> abandoned = {}) {
    EncodeTask task;
    task.input = {1, 1, {static_cast<float>(number)}};
    task.abandoned = std::move(abandoned);
    task.done = [this, number](absl::StatusOr<DenseFeatures> result, const EncodeTimes& times) {
      const std::lock_guard<std::mutex> lock(mutex_);
      const float value = result.ok() ? result->values[0] : -1;
      answers_[number].push_back({result.status(), value, times});
      ++count_;
      changed_.notify_all();
    };
    return task;
  }

  // Returns once there are so many answers.
  void Await(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

  // All that task `number` got.
  std::vector<Answer> Of(int number) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = answers_.find(number);
    return found == answers_.end() ? std::vector<Answer>() : found->second;
  }

  // Of the task that got exactly one answer; UNKNOWN for any other.
  absl::StatusCode Code(int number) const {
    const std::vector<Answer> answers = Of(number);
    return answers.size() == 1 ? answers[0].status.code() : absl::StatusCode::kUnknown;
  }

  int count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, std::vector<Answer>> answers_;  // guarded by mutex_
  int count_ = 0;                               // guarded by mutex_
};

}  // namespace pixelclip::testing

#endif  // PIXELCLIP_TESTS_TESTING_ANSWERS_H_
