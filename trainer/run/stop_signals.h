#ifndef PIXELCLIP_TRAINER_RUN_STOP_SIGNALS_H_
#define PIXELCLIP_TRAINER_RUN_STOP_SIGNALS_H_

namespace pixelclip {

// While it lives, SIGTERM and SIGINT ask to stop instead of ending the process, once each: a second one of
// the same kind ends it at once, as if nobody listened. Writing beyond a limit on file sizes is an error of
// the write instead of a signal. At most one at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that came last, or 0.
  static int received();
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_STOP_SIGNALS_H_
