#ifndef PIXELCLIP_SERVER_SERVICE_MANAGER_H_
#define PIXELCLIP_SERVER_SERVICE_MANAGER_H_

#include <string>

#include "absl/status/status.h"

namespace pixelclip {

// Sends `state`, "READY=1" say, to a service manager that speaks systemd's notification protocol, as the
// variable NOTIFY_SOCKET names its `socket`: a path, or "@" and a name in Linux' abstract namespace.
// Thread-safe.
//
// InvalidArgument: `socket` is neither. Otherwise what the system says, with the socket's name.
absl::Status NotifyServiceManager(const std::string& socket, const std::string& state);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SERVICE_MANAGER_H_
