#include "tests/trainer/scale/rank_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace pixelclip {
namespace {

void Check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

}  // namespace

// Linux lets a second socket bind to the port if both say SO_REUSEADDR and no more than one listens.
ReservedPort::ReservedPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  Check(socket_ >= 0, "socket");
  const int on = 1;
  Check(setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0, "SO_REUSEADDR");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  Check(bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Check(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  number_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() { close(socket_); }

void ReservedPort::Occupy() { Check(listen(socket_, 1) == 0, "listen"); }

RankProcesses::RankProcesses(const std::string& part, int world_size, int started, uint16_t port,
                             const std::vector<std::string>& more_variables)
    : processes_(started) {
  for (int rank = 0; rank < started; ++rank) {
    std::vector<std::string> variables = {absl::StrCat("RANK=", rank),
                                          absl::StrCat("WORLD_SIZE=", world_size),
                                          absl::StrCat("LOCAL_RANK=", rank),
                                          absl::StrCat("LOCAL_WORLD_SIZE=", world_size),
                                          "MASTER_ADDR=127.0.0.1",
                                          absl::StrCat("MASTER_PORT=", port),
                                          "OMP_NUM_THREADS=1",
                                          "TORCH_CPP_LOG_LEVEL=ERROR"};
    variables.insert(variables.end(), more_variables.begin(), more_variables.end());
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    for (char** inherited = environ; *inherited != nullptr; ++inherited) environment.push_back(*inherited);
    environment.push_back(nullptr);
    std::string program = PIXELCLIP_SCALE_RANK, argument = part;
    char* arguments[] = {program.data(), argument.data(), nullptr};

    int ends[2];
    Check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    const int problem =
        posix_spawn(&processes_[rank].id, program.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    processes_[rank].output = ends[0];
    Check(problem == 0, "posix_spawn");
  }
}

RankProcesses::~RankProcesses() {
  for (Process& process : processes_) {
    if (process.output >= 0) close(process.output);
    if (process.id <= 0) continue;
    kill(process.id, SIGKILL);
    waitpid(process.id, nullptr, 0);
  }
}

RankProcesses::Result RankProcesses::Wait(int rank) {
  Process& process = processes_[rank];
  Result result;
  char buffer[4096];
  for (ssize_t got; (got = read(process.output, buffer, sizeof(buffer))) > 0;)
    result.output.append(buffer, got);
  int status = 0;
  Check(waitpid(process.id, &status, 0) == process.id, "waitpid");
  process.id = -1;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace pixelclip
