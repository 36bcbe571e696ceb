#ifndef PIXELCLIP_TESTS_TRAINER_SCALE_RANK_PROCESSES_H_
#define PIXELCLIP_TESTS_TRAINER_SCALE_RANK_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pixelclip {

// A loopback port that nobody else gets as long as this lives, and that one process may listen on.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  uint16_t number() const { return number_; }
  // Takes the port away from the ranks.
  void Occupy();

 private:
  int socket_;
  uint16_t number_;
};

// Ranks of one run as processes of scale_rank, each with torchrun's variables in its environment.
class RankProcesses {
 public:
  struct Result {
    int exit_code = -1;  // 128 + n if signal n ended it
    std::string output;  // both streams
  };

  // Starts `started` of `world_size` ranks, the first ones, with the part of rank_main.cc named `part`.
  RankProcesses(const std::string& part, int world_size, int started, uint16_t port,
                const std::vector<std::string>& more_variables = {});
  // Kills those that are left.
  ~RankProcesses();
  RankProcesses(const RankProcesses&) = delete;
  RankProcesses& operator=(const RankProcesses&) = delete;

  // Reads a rank's output to its end.
  Result Wait(int rank);

 private:
  struct Process {
    pid_t id = -1;
    int output = -1;
  };
  std::vector<Process> processes_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_TRAINER_SCALE_RANK_PROCESSES_H_
