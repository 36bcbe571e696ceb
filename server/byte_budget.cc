#include "server/byte_budget.h"

#include "absl/strings/str_cat.h"
#include "server/retry_after.h"

namespace pixelclip {
namespace {

// Pictures are in the server for about that long.
constexpr double kRetrySeconds = 1;

}  // namespace

absl::Status ByteBudget::Hold::Grow(size_t bytes) {
  absl::Status taken = budget_->Take(bytes);
  if (taken.ok()) bytes_ += bytes;
  return taken;
}

size_t ByteBudget::held() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return held_;
}

absl::Status ByteBudget::Take(size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bytes <= limit_ - held_) {
    held_ += bytes;
    return absl::OkStatus();
  }
  if (bytes > limit_) {
    return WithoutRetry(absl::ResourceExhaustedError(absl::StrCat(
        "the picture would take ", bytes, " bytes of memory; all calls together may take ", limit_)));
  }
  return WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat("the server is busy: calls in progress hold ", held_, " of ",
                                                limit_, " bytes, and this picture would take ", bytes)),
      kRetrySeconds);
}

void ByteBudget::Release(size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  held_ -= bytes;
}

}  // namespace pixelclip
