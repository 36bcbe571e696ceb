#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace pixelclip {

absl::Status NotifyServiceManager(const std::string& socket, const std::string& state) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket.size() < 2 || socket.size() >= sizeof address.sun_path ||
      (socket[0] != '/' && socket[0] != '@')) {
    return absl::InvalidArgumentError(absl::StrCat("\"", socket, "\" is no socket's name: 2 to ",
                                                   sizeof address.sun_path - 1,
                                                   " characters, the first / or @"));
  }
  std::copy(socket.begin(), socket.end(), address.sun_path);
  if (socket[0] == '@') address.sun_path[0] = '\0';
  const socklen_t length =
      offsetof(sockaddr_un, sun_path) + socket.size();  // no zero at the end: a name has none

  const int file = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return absl::ErrnoToStatus(errno, "cannot open a socket");
  const ssize_t sent = sendto(file, state.data(), state.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), length);
  const int error = errno;
  close(file);
  if (sent < 0) return absl::ErrnoToStatus(error, absl::StrCat("cannot tell ", socket, " ", state));
  return absl::OkStatus();
}

}  // namespace pixelclip
