#include "trainer/run/stop_signals.h"

#include <csignal>
#include <initializer_list>

namespace pixelclip {
namespace {

volatile std::sig_atomic_t last_signal = 0;

void Note(int signal) { last_signal = signal; }

}  // namespace

StopSignals::StopSignals() {
  last_signal = 0;
  struct sigaction action = {};
  action.sa_handler = Note;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
}

StopSignals::~StopSignals() {
  for (const int signal : {SIGTERM, SIGINT, SIGXFSZ}) std::signal(signal, SIG_DFL);
}

int StopSignals::received() { return last_signal; }

}  // namespace pixelclip
