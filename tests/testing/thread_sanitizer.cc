// For builds with ThreadSanitizer, in every program of theirs: what it cannot see of gRPC, and what it is to
// leave out. docs/testing.md says why.
//
// Debian's gRPC and Abseil are not instrumented. The sanitizer would not know that they order their threads,
// and would call every call's way from one thread to another a race. Three things of theirs are wrapped here
// to tell it: Abseil's mutex, gRPC's start of an operation, which ends in a callback, and the end of a
// server's call, which comes after all of its callbacks and its cancellation. Nothing more is told than is
// true, so a race between our own threads, or between two callbacks of one call, is still found.

#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/synchronization/mutex.h"

// Symbols of the linker: where the program's own code lies.
extern "C" const char __executable_start, etext;

namespace {

// The function that is wrapped.
template <typename Function>
Function* Wrapped(const char* symbol) {
  void* const found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    std::fprintf(stderr, "tests/testing/thread_sanitizer.cc: no library has %s\n", symbol);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

// Stands for a callback while its operation is under way: what was done before the operation began has
// happened before the callback.
class Operation : public grpc_completion_queue_functor {
 public:
  explicit Operation(grpc_completion_queue_functor* callback) : callback_(callback) {
    functor_run = &Operation::Run;
    inlineable = callback->inlineable;
    __tsan_release(this);
  }

 private:
  static void Run(grpc_completion_queue_functor* functor, int ok) {
    __tsan_acquire(functor);
    const std::unique_ptr<Operation> self(static_cast<Operation*>(functor));
    self->callback_->functor_run(self->callback_, ok);
  }

  grpc_completion_queue_functor* const callback_;
};

// A tag is a callback of this program's, which begins with the address of code; or one for a queue, which
// begins with that of a table of virtual functions (data, where code is position-independent), and needs no
// help; or gRPC's own.
bool IsOurCallback(void* tag) {
  if (tag == nullptr) return false;
  const char* const begin = *static_cast<const char**>(tag);
  return begin >= &__executable_start && begin < &etext;
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const lock = Wrapped<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  lock(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  static auto* const try_lock = Wrapped<bool(Mutex*)>("_ZN4absl7debian35Mutex7TryLockEv");
  if (!try_lock(this)) return false;
  __tsan_acquire(this);
  return true;
}

void Mutex::Unlock() {
  static auto* const unlock = Wrapped<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  __tsan_release(this);
  unlock(this);
}

// These unlock and lock without the functions above.
void CondVar::Wait(Mutex* mutex) {
  static auto* const wait = Wrapped<void(CondVar*, Mutex*)>("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  wait(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* const wait = Wrapped<bool(CondVar*, Mutex*, Duration)>(
      "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = wait(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const wait = Wrapped<bool(CondVar*, Mutex*, Time)>(
      "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = wait(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

ABSL_NAMESPACE_END
}  // namespace absl

namespace grpc::internal {
namespace {

// Stands for a call's reactor while it is told that the call is cancelled, by a thread of gRPC's.
class Cancellation : public ServerReactor {
 public:
  Cancellation(ServerReactor* reactor, ServerCallbackCall* call) : reactor_(reactor), call_(call) {}

  void OnCancel() override {
    reactor_->OnCancel();
    __tsan_release(call_);
    delete this;
  }
  void OnDone() override {}  // of the reactor itself only

 private:
  ServerReactor* const reactor_;
  ServerCallbackCall* const call_;
};

}  // namespace

void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  static auto* const cancel = Wrapped<void(ServerCallbackCall*, ServerReactor*)>(
      "_ZN4grpc8internal18ServerCallbackCall12CallOnCancelEPNS0_13ServerReactorE");
  cancel(this, new Cancellation(reactor, this));
}

// Whoever counts a call's callbacks down to none ends it. Where that is gRPC, the sanitizer has seen the
// others count, but not the last: it gets to know here, from the counter, which is one of the call's members.
void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  static auto* const schedule =
      Wrapped<void(ServerCallbackCall*, bool)>("_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  char* const call = reinterpret_cast<char*>(this);
  for (size_t i = 0; i < sizeof *this; i += sizeof(std::atomic_int)) __tsan_acquire(call + i);
  schedule(this, inline_ondone);
}

}  // namespace grpc::internal

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* operations, size_t count, void* tag,
                                      void* reserved) {
  static auto* const start = Wrapped<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  if (!IsOurCallback(tag)) return start(call, operations, count, tag, reserved);
  auto operation = std::make_unique<Operation>(static_cast<grpc_completion_queue_functor*>(tag));
  const grpc_call_error error = start(call, operations, count, operation.get(), reserved);
  if (error == GRPC_CALL_OK) operation.release();  // its callback deletes it
  return error;
}

// memcpy, free and their like, when these libraries themselves call them: they hand memory around by means
// that are not seen. Never "race:" with a library's name: that matches every stack that the library's threads
// called us from. GDAL, which OpenCV loads, locks in two orders within itself.
const char* __tsan_default_suppressions() {
  return "called_from_lib:libgrpc.so\n"
         "called_from_lib:libgrpc++.so\n"
         "called_from_lib:libgpr.so\n"
         "called_from_lib:libupb.so\n"
         "called_from_lib:libabsl_cord.so\n"
         "called_from_lib:libabsl_cord_internal.so\n"
         "called_from_lib:libabsl_graphcycles_internal.so\n"
         "called_from_lib:libabsl_random_internal_pool_urbg.so\n"
         "called_from_lib:libabsl_status.so\n"
         "called_from_lib:libabsl_strings.so\n"
         "called_from_lib:libabsl_synchronization.so\n"
         "called_from_lib:libabsl_time.so\n"
         "called_from_lib:libabsl_time_zone.so\n"
         "called_from_lib:libcrypto.so\n"
         "called_from_lib:libssl.so\n"
         "called_from_lib:libtorch_cpu.so\n"
         "deadlock:libgdal.so\n";
}

}  // extern "C"
