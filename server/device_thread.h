#ifndef PIXELCLIP_SERVER_DEVICE_THREAD_H_
#define PIXELCLIP_SERVER_DEVICE_THREAD_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "server/clock.h"

namespace pixelclip {

// A thread for work that may never return, as what is asked of a device that hangs. For one caller at a time.
class DeviceThread {
 public:
  // `top -H` shows the name, of which the system keeps 15 characters.
  explicit DeviceThread(const std::string& name);

  // Waits for the thread to end. One that hangs is left to itself, with what its work owns.
  ~DeviceThread();

  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;

  // Has the thread do `work`, and returns when it is done. False: it is not after `limit`, so the thread
  // hangs, or is as good as hung. What `work` touches it must own, since it may go on for longer than its
  // caller. REQUIRES: `work` does not throw; no call has returned false.
  bool Do(std::function<void()> work, Clock& clock, Clock::Duration limit);

 private:
  struct State;

  static void Loop(State& state);

  const std::shared_ptr<State> state_;  // also the thread's, which may outlive this
  bool hangs_ = false;
  std::thread thread_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_DEVICE_THREAD_H_
