#ifndef PIXELCLIP_SERVER_BYTE_BUDGET_H_
#define PIXELCLIP_SERVER_BYTE_BUDGET_H_

#include <cstddef>
#include <mutex>

#include "absl/status/status.h"

namespace pixelclip {

// How many bytes all calls together may hold: their messages, pictures and label maps. Any thread may use it.
class ByteBudget {
 public:
  // What one call holds; gives it back when it goes. Not for sharing between threads.
  class Hold {
   public:
    explicit Hold(ByteBudget* budget) : budget_(budget) {}
    ~Hold() { budget_->Release(bytes_); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    // RESOURCE_EXHAUSTED if that would exceed the budget; nothing more is held then.
    absl::Status Grow(size_t bytes);

   private:
    ByteBudget* const budget_;
    size_t bytes_ = 0;
  };

  explicit ByteBudget(size_t limit) : limit_(limit) {}

  size_t held() const;

 private:
  absl::Status Take(size_t bytes);
  void Release(size_t bytes);

  const size_t limit_;
  mutable std::mutex mutex_;
  size_t held_ = 0;  // guarded by mutex_
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_BYTE_BUDGET_H_
