#ifndef PIXELCLIP_TRAINER_SCALE_LAUNCH_ENVIRONMENT_H_
#define PIXELCLIP_TRAINER_SCALE_LAUNCH_ENVIRONMENT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace pixelclip {

// This process's place among the ranks of a run, as its launcher told it. Made by hand it is one process
// alone.
struct LaunchEnvironment {
  int rank = 0;              // [0, world_size)
  int world_size = 1;        // [1, kMaximumWorldSize]
  int local_rank = 0;        // [0, local_world_size): which GPU of this machine
  int local_world_size = 1;  // [1, world_size]

  // Where the ranks meet: rank 0's machine, and a port that is free there. Empty and 0 if world_size is 1 and
  // the launcher gave none.
  std::string master_address;
  uint16_t master_port = 0;

  // torchrun listens at that address itself; every other launcher leaves it to rank 0.
  bool launcher_keeps_store = false;
  // How often the launcher has restarted the ranks; what an earlier attempt left in its store is not read.
  int restart_count = 0;

  static constexpr int kMaximumWorldSize = 4096;

  // Looks up one variable: its value, or null where it is not set.
  using Lookup = std::function<const char*(const char* name)>;

  // Reads RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT as torchrun, Kubeflow and
  // others set them, and TORCHELASTIC_USE_AGENT_STORE and TORCHELASTIC_RESTART_COUNT, torchrun's own. Where
  // WORLD_SIZE is set and RANK is not, JOB_COMPLETION_INDEX, the index of a pod in a Kubernetes Indexed Job,
  // is the rank (docs/distributed.md). With none of them set the process is alone. INVALID_ARGUMENT names the
  // variable that is missing, malformed, or contradicts another, its limit and its value.
  static absl::StatusOr<LaunchEnvironment> FromEnvironment(const Lookup& lookup);
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_SCALE_LAUNCH_ENVIRONMENT_H_
