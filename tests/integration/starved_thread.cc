// A library for LD_PRELOAD that starves one thread of memory, so that a test can break a replica of a real
// server: while the file STARVED_WHILE exists, LibTorch's allocator of tensors on the CPU gets ENOMEM of
// posix_memalign on threads of the name STARVED_THREAD. Others do not: the mathematics library that LibTorch
// calls has no errors and would end the process.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

bool OnStarvedThread() {
  static const char* const thread = std::getenv("STARVED_THREAD");
  static const char* const file = std::getenv("STARVED_WHILE");
  if (thread == nullptr || file == nullptr) return false;
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return std::strcmp(name, thread) == 0 && access(file, F_OK) == 0;
}

bool IsTensorAllocator(const void* caller) {
  Dl_info library = {};
  return dladdr(caller, &library) != 0 && std::strstr(library.dli_fname, "libc10.so") != nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int posix_memalign(void** result, std::size_t alignment,
                                                                     std::size_t size) noexcept {
  static const auto real = reinterpret_cast<decltype(&posix_memalign)>(dlsym(RTLD_NEXT, "posix_memalign"));
  const bool fails = OnStarvedThread() && IsTensorAllocator(__builtin_return_address(0));
  return fails ? ENOMEM : real(result, alignment, size);
}
