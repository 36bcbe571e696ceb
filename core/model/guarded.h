#ifndef PIXELCLIP_CORE_MODEL_GUARDED_H_
#define PIXELCLIP_CORE_MODEL_GUARDED_H_

#include <c10/util/Exception.h>

#include <exception>
#include <new>

#include "absl/status/status.h"

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
    return absl::InternalError(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_GUARDED_H_
