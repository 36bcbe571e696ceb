#ifndef PIXELCLIP_SERVER_WORK_POOL_H_
#define PIXELCLIP_SERVER_WORK_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pixelclip {

// A fixed number of threads for everything that is not a network: decoding, resizing, labelling, encoding
// maps.
//
// Work that finishes a call goes before work that begins one, so that a busy server answers before it takes
// on more. What may be posted is bounded by whoever admits calls; posting never blocks. Any thread may post.
class WorkPool {
 public:
  enum class Lane { kFinish, kBegin };

  // `begin_thread` runs first on each thread.
  explicit WorkPool(
      int threads, const std::function<void()>& begin_thread = [] {});

  // Does what has been posted, also by that work itself, then ends.
  ~WorkPool();

  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // `work` must not throw.
  void Post(Lane lane, std::function<void()> work);

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> finish_;  // guarded by mutex_
  std::deque<std::function<void()>> begin_;   // guarded by mutex_
  int working_ = 0;                           // threads at work; guarded by mutex_
  bool stopping_ = false;                     // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_WORK_POOL_H_
