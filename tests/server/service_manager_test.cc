#include "server/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace pixelclip {
namespace {

using ::testing::HasSubstr;

// A service manager's end: a socket of that name, until it goes.
class Manager {
 public:
  explicit Manager(const std::string& name) : file_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    EXPECT_EQ(bind(file_, reinterpret_cast<const sockaddr*>(&address),
                   offsetof(sockaddr_un, sun_path) + name.size()),
              0);
  }
  ~Manager() { close(file_); }

  std::string Received() {
    char text[64];
    const ssize_t length = recv(file_, text, sizeof text, MSG_DONTWAIT);
    return length < 0 ? "nothing" : std::string(text, length);
  }

 private:
  const int file_;
};

std::string Path(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "notify-", getpid(), name);
}

TEST(ServiceManager, HearsByAPath) {
  const std::string path = Path("-path");
  Manager manager(path);
  EXPECT_TRUE(NotifyServiceManager(path, "READY=1").ok());
  EXPECT_EQ(manager.Received(), "READY=1");
  EXPECT_EQ(manager.Received(), "nothing");
  unlink(path.c_str());
}

TEST(ServiceManager, HearsByAnAbstractName) {
  const std::string name = absl::StrCat("@pixelclip/", getpid());
  Manager manager(name);
  EXPECT_TRUE(NotifyServiceManager(name, "STOPPING=1").ok());
  EXPECT_EQ(manager.Received(), "STOPPING=1");
}

TEST(ServiceManager, ThatIsNotThereIsNamed) {
  const absl::Status status = NotifyServiceManager(Path("-none"), "READY=1");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.ToString(), HasSubstr("-none READY=1"));
}

TEST(ServiceManager, OddNamesAreRefused) {
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("run/notify"), "/" + std::string(200, 'x')}) {
    EXPECT_EQ(NotifyServiceManager(name, "READY=1").code(), absl::StatusCode::kInvalidArgument) << name;
  }
  // The longest name that fits.
  EXPECT_EQ(NotifyServiceManager("@" + std::string(106, 'x'), "READY=1").code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace pixelclip
