#include "trainer/scale/store.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

// A socket that listens on a numeric address, or -1 and errno.
int ListenOn(const std::string& address, uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  const int listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const bool listens =
      listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      bind(listener, found->ai_addr, found->ai_addrlen) == 0 && listen(listener, SOMAXCONN) == 0;
  freeaddrinfo(found);
  if (listens) return listener;
  const int problem = errno;
  if (listener >= 0) close(listener);
  errno = problem;
  return -1;
}

}  // namespace

std::string LoopbackAddress(const std::string& address) {
  if (address == "localhost") return "127.0.0.1";
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), nullptr, &hints, &found) != 0) return "";
  bool loopback = false;
  if (found->ai_family == AF_INET)
    loopback = ntohl(reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr.s_addr) >> 24 == 127;
  else if (found->ai_family == AF_INET6)
    loopback = IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(found->ai_addr)->sin6_addr);
  freeaddrinfo(found);
  return loopback ? address : "";
}

std::string StoreHost(const LaunchEnvironment& environment) {
  return environment.launcher_keeps_store ? "the launcher" : "rank 0";
}

absl::StatusOr<c10::intrusive_ptr<c10d::Store>> OpenStore(const LaunchEnvironment& environment,
                                                          std::chrono::milliseconds timeout) {
  c10::intrusive_ptr<c10d::Store> store;
  if (environment.world_size == 1 && environment.master_address.empty()) {
    store = c10::make_intrusive<c10d::HashStore>();
    store->setTimeout(timeout);
    return store;
  }

  const std::string loopback = LoopbackAddress(environment.master_address);
  const std::string& host = loopback.empty() ? environment.master_address : loopback;
  const std::string where = absl::StrCat("rank ", environment.rank, ": store at ", environment.master_address,
                                         ":", environment.master_port);
  c10d::TCPStoreOptions options;
  options.port = environment.master_port;
  options.isServer = environment.rank == 0 && !environment.launcher_keeps_store;
  options.waitWorkers = false;  // RankMonitor waits for them, and can tell which are missing
  options.timeout = timeout;
  if (options.isServer && !loopback.empty()) {
    const int listener = ListenOn(loopback, environment.master_port);
    if (listener < 0)
      return absl::UnavailableError(absl::StrCat(where, ": cannot listen: ", std::strerror(errno)));
    options.masterListenFd = listener;  // c10d's own socket would listen on every interface
  }
  try {
    store = c10::make_intrusive<c10d::TCPStore>(host, options);
    return c10::make_intrusive<c10d::PrefixStore>(absl::StrCat("pixelclip/", environment.restart_count),
                                                  store);
  } catch (const std::exception& e) {
    const std::string problem = e.what();
    return absl::UnavailableError(absl::StrCat(where, ": ", problem.substr(0, problem.find('\n'))));
  }
}

}  // namespace pixelclip
