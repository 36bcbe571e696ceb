#ifndef PIXELCLIP_CORE_MODEL_GUARDED_H_
#define PIXELCLIP_CORE_MODEL_GUARDED_H_

#include <c10/util/Exception.h>

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace pixelclip {

// Runs `work` (which returns a Status or StatusOr) and turns LibTorch's exceptions into statuses.
template <typename Work>
auto Guarded(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError& error) {
    return absl::ResourceExhaustedError(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const c10::Error& error) {
    const absl::string_view message = error.what_without_backtrace();
    // LibTorch's CPU allocator has no exception of its own for this.
    const bool no_memory = absl::StrContains(message, "DefaultCPUAllocator: can't allocate memory");
    return no_memory ? absl::ResourceExhaustedError(message) : absl::InternalError(message);
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_GUARDED_H_
