// One rank of the runs that gloo_test starts: scale_rank PART. Exit codes: 0 all was as expected; 1 it was
// not, and the output says what; 7 the communicator failed, and the output is its message.

#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "trainer/scale/connect.h"

namespace pixelclip {
namespace {

constexpr int kCommunicatorFailed = 7;
// A rank that hangs ends by itself after this many seconds: a test that fails, never one that stays.
constexpr unsigned kLongestLife = 60;

[[noreturn]] void Exit(int code, const std::string& message) {
  std::cout << message << std::endl;
  _exit(code);
}

void Expect(bool good, const std::string& what) {
  if (!good) Exit(1, "not as expected: " + what);
}

void ExpectOk(const absl::Status& status) { Expect(status.ok(), std::string(status.message())); }

bool Near(const at::Tensor& a, const at::Tensor& b) {
  return a.defined() && b.defined() && a.sub(b).abs().max().item().toDouble() <= 1e-5;
}

void Sums(Communicator& ranks) {
  const int n = ranks.world_size();
  for (int round = 0; round < 3; ++round) {
    for (const auto type : {at::kFloat, at::kDouble, at::kLong, at::kBFloat16}) {
      at::Tensor tensor = at::full({5, 3}, ranks.rank() + 1, at::TensorOptions(type));
      ExpectOk(ranks.AllReduceSum(tensor));
      Expect(tensor.eq(n * (n + 1) / 2).all().item().toBool(), "sum");
      tensor.fill_(ranks.rank() + 40);
      ExpectOk(ranks.Broadcast(tensor));
      Expect(tensor.eq(40).all().item().toBool(), "broadcast");
    }
    ExpectOk(ranks.Barrier());
  }
  at::Tensor transposed = at::zeros({2, 3}).t();
  Expect(ranks.AllReduceSum(transposed).code() == absl::StatusCode::kInvalidArgument, "not contiguous");
  ExpectOk(ranks.Barrier());
}

// A network of three layers; the third is used only where `with_third`, a fourth never.
struct Network {
  std::vector<at::Tensor> parameters;

  Network() {
    for (const auto& shape : {std::vector<int64_t>{8, 16}, {16, 16}, {16, 4}, {3}})
      parameters.push_back(
          at::linspace(-1, 1, c10::multiply_integers(shape)).reshape(shape).contiguous().requires_grad_());
  }

  at::Tensor Loss(const at::Tensor& pictures, bool with_third) const {
    const at::Tensor hidden = pictures.matmul(parameters[0]).tanh().matmul(parameters[1]).tanh();
    return with_third ? hidden.matmul(parameters[2]).sum() : hidden.sum();
  }
};

// The gradients of all ranks are those of one process that sees the whole batch.
void Gradients(Communicator& ranks) {
  constexpr int64_t kBatch = 12;
  const Network shared, alone;
  ExpectOk(ranks.WatchGradients(shared.parameters));
  const int64_t share = kBatch / ranks.world_size();
  for (int step = 0; step < 3; ++step) {
    const at::Tensor batch = at::linspace(-2, 3 + step, kBatch * 8).reshape({kBatch, 8});
    // Each step the third layer is left out on another rank, at last on none.
    for (int64_t rank = 0; rank < ranks.world_size(); ++rank) {
      const at::Tensor part = batch.narrow(0, rank * share, share);
      alone.Loss(part, rank != step).backward();
      if (rank != ranks.rank()) continue;
      if (step == 1) {
        ranks.set_synchronise(false);
        shared.Loss(part.narrow(0, 0, 1), rank != step).backward();
        ranks.set_synchronise(true);
        shared.Loss(part.narrow(0, 1, share - 1), rank != step).backward();
      } else {
        shared.Loss(part, rank != step).backward();
      }
    }
    ExpectOk(ranks.FinishGradients());
    for (int i = 0; i < 3; ++i)
      Expect(Near(shared.parameters[i].grad(), alone.parameters[i].grad()), "gradient " + std::to_string(i));
    Expect(!shared.parameters[3].grad().defined(), "a gradient from nowhere");
    for (const Network* network : {&shared, &alone})
      for (const at::Tensor& parameter : network->parameters) parameter.mutable_grad().reset();
  }
}

void OtherParameters(Communicator& ranks) {
  const at::Tensor parameter = at::zeros({ranks.rank() == 1 ? 3 : 2}).requires_grad_();
  const absl::Status status = ranks.WatchGradients({parameter});
  Expect(status.code() == absl::StatusCode::kInvalidArgument, status.ToString());
  Expect(status.message().find("parameters of 1 of ") != std::string::npos, status.ToString());
}

// Sums until the communicator fails. `last` decides the fate of this rank after some rounds.
template <typename Fate>
void SumUntilFailure(Communicator& ranks, Fate last) {
  for (int round = 0;; ++round) {
    if (round == 5) last();
    at::Tensor tensor = at::full({100000}, 1);
    if (const auto status = ranks.AllReduceSum(tensor); !status.ok()) {
      Expect(ranks.Barrier() == status, "a call after the failure");
      std::cout << status.message() << std::endl;
      return;
    }
  }
}

void LoseLastRank(Communicator& ranks) {
  SumUntilFailure(ranks, [&] {
    if (ranks.rank() == ranks.world_size() - 1) _exit(3);
  });
}

void LoseFirstRank(Communicator& ranks) {
  SumUntilFailure(ranks, [&] {
    if (ranks.rank() == 0) _exit(3);
  });
}

void StopLastRank(Communicator& ranks) {
  SumUntilFailure(ranks, [&] {
    if (ranks.rank() == ranks.world_size() - 1) raise(SIGSTOP);
  });
}

void LoseInBackward(Communicator& ranks) {
  const Network network;
  ExpectOk(ranks.WatchGradients(network.parameters));
  for (int step = 0;; ++step) {
    network.Loss(at::linspace(0, 1, 16).reshape({2, 8}), true).backward();
    if (step == 3 && ranks.rank() == 1) _exit(3);
    if (const auto status = ranks.FinishGradients(); !status.ok()) {
      std::cout << status.message() << std::endl;
      return;
    }
  }
}

int Run(const std::string& part) {
  alarm(kLongestLife);
  const std::map<std::string, void (*)(Communicator&)> parts = {
      {"sums", Sums},
      {"gradients", Gradients},
      {"other parameters", OtherParameters},
      {"lose last", LoseLastRank},
      {"lose first", LoseFirstRank},
      {"stop last", StopLastRank},
      {"lose in backward", LoseInBackward},
      // Leaves in an orderly way while the others go on.
      {"finish early", [](Communicator& ranks) {
         if (ranks.rank() != 1) SumUntilFailure(ranks, [] {});
       }}};

  const auto environment = LaunchEnvironment::FromEnvironment(std::getenv);
  ExpectOk(environment.status());
  ConnectOptions options;
  options.bucket_bytes = 600;
  options.heartbeat = std::chrono::milliseconds(200);
  const char* timeout = std::getenv("TIMEOUT_MILLIS");
  options.timeout = std::chrono::milliseconds(timeout == nullptr ? 20000 : std::atoi(timeout));
  if (part == "decline" && environment->rank == std::atoi(std::getenv("DECLINING_RANK"))) {
    Decline(*environment, "it has no pictures", options);
    return 0;
  }
  auto ranks = Connect(*environment, c10::kCPU, options);
  if (!ranks.ok()) Exit(kCommunicatorFailed, std::string(ranks.status().message()));
  parts.at(part)(**ranks);
  const bool failed = part != "finish early" && !(*ranks)->Barrier().ok();
  ranks->reset();
  return failed ? kCommunicatorFailed : 0;
}

}  // namespace
}  // namespace pixelclip

int main(int argc, char** argv) { return pixelclip::Run(argv[1]); }
