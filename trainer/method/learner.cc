#include "trainer/method/learner.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/model/device.h"
#include "core/model/guarded.h"
#include "trainer/method/adam_w.h"
#include "trainer/method/bilinear_pair.h"
#include "trainer/method/decoder.h"
#include "trainer/method/masked_loss.h"
#include "trainer/method/schedule.h"
#include "trainer/method/step_check.h"
#include "trainer/method/targets.h"
#include "trainer/method/training_model.h"

namespace pixelclip {
namespace {

constexpr char kFirstMoment[] = "optimizer.exp_avg.";
constexpr char kSecondMoment[] = "optimizer.exp_avg_sq.";
constexpr const char* kSteps = "steps_done";
constexpr const char* kUpdates = "updates_done";

// A tensor and the loss's gradient with respect to it.
using Root = std::pair<at::Tensor, at::Tensor>;

// Backward through those roots that have a graph and a gradient.
void Backward(const std::vector<Root>& roots) {
  std::vector<at::Tensor> tensors, gradients;
  for (const auto& [tensor, gradient] : roots) {
    if (!tensor.requires_grad() || !gradient.defined()) continue;
    tensors.push_back(tensor);
    gradients.push_back(gradient);
  }
  if (!tensors.empty()) torch::autograd::backward(tensors, gradients);
}

// Numbers of one step that add up over pictures, and so over ranks.
struct Totals {
  double pictures = 0, masks = 0;
  double covered = 0;            // pixels under a mask
  double elements = 0;           // of the loss: covered pixels of each picture times its channels
  at::Tensor masks_per_cluster;  // [C] float64
};

Totals CountAll(const std::vector<PictureTargets>& targets, int64_t clusters) {
  Totals totals;
  totals.pictures = static_cast<double>(targets.size());
  totals.masks_per_cluster = at::zeros({clusters}, at::kDouble);
  for (const PictureTargets& picture : targets) {
    const auto covered = picture.covered.sum().item<double>();
    totals.masks += static_cast<double>(picture.assignment.numel());
    totals.covered += covered;
    totals.elements += covered * static_cast<double>(picture.channels.size(0));
    if (clusters > 0) totals.masks_per_cluster += at::bincount(picture.assignment, {}, clusters).cpu();
  }
  return totals;
}

absl::Status SumOverRanks(c10::Device device, Communicator& communicator, Totals& totals) {
  const std::array<double*, 4> counts = {&totals.pictures, &totals.masks, &totals.covered, &totals.elements};
  at::Tensor sums =
      at::zeros({static_cast<int64_t>(counts.size()) + totals.masks_per_cluster.numel()}, at::kDouble);
  for (size_t i = 0; i < counts.size(); ++i) sums[static_cast<int64_t>(i)] = *counts[i];
  sums.narrow(0, counts.size(), totals.masks_per_cluster.numel()).copy_(totals.masks_per_cluster);
  sums = sums.to(device);
  if (absl::Status status = communicator.AllReduceSum(sums); !status.ok()) return status;
  sums = sums.cpu();
  for (size_t i = 0; i < counts.size(); ++i) *counts[i] = sums[static_cast<int64_t>(i)].item<double>();
  totals.masks_per_cluster = sums.narrow(0, counts.size(), totals.masks_per_cluster.numel());
  return absl::OkStatus();
}

class Learner : public PixelClipLearner {
 public:
  Learner(TrainingModel model, const MethodSettings& settings, Communicator* communicator, c10::Device device)
      : settings_(settings),
        communicator_(*communicator),
        device_(device),
        model_(std::move(model)),
        optimiser_(model_.Parameters()) {}

  // Makes all ranks start from the same weights, and prepares the exchange of gradients.
  absl::Status Connect();

  absl::StatusOr<StepResult> Step(const StepInput& input) override;
  int64_t steps_done() const override { return steps_done_; }
  NamedTensors State() const override;
  absl::Status Restore(const NamedTensors& state) override;
  Checkpoint Export() const override { return model_.Export(); }
  NamedTensors PublishedTensors() const override { return model_.PublishedTensors(); }
  NamedTensors Parameters() const override;
  absl::StatusOr<Inspection> Inspect(const StepInput& input) const override;
  at::Tensor ClusterEmbeddings() const override;

 private:
  absl::StatusOr<StepResult> TryStep(const StepInput& input);

  // Runs student, decoder and loss forwards and backwards. Gradients are left in the parameters' .grad(),
  // summed over ranks once FinishGradients returns. Returns this rank's part of the loss, a float64 scalar.
  at::Tensor Backpropagate(const at::Tensor& strong, const at::Tensor& branch_factors,
                           const std::vector<PictureTargets>& targets, const at::Tensor& embeddings,
                           double scale);

  // What State holds beside counts, by name; the tensors are the learner's own.
  NamedTensors StateTensors() const;

  const MethodSettings settings_;
  Communicator& communicator_;
  const c10::Device device_;
  TrainingModel model_;
  AdamW optimiser_;
  int64_t steps_done_ = 0;
  int64_t updates_done_ = 0;  // fewer, if there were steps without masks
};

absl::Status Learner::Connect() {
  std::vector<at::Tensor> watched;
  for (const AdamW::Slot& slot : optimiser_.slots()) {
    at::Tensor value = slot.parameter.value.detach();
    if (absl::Status status = communicator_.Broadcast(value); !status.ok()) return status;
    watched.push_back(slot.parameter.value);
  }
  return communicator_.WatchGradients(watched);
}

absl::StatusOr<StepResult> Learner::Step(const StepInput& input) {
  if (absl::Status status = CheckStepInput(input); !status.ok()) return status;
  absl::StatusOr<StepResult> result = Guarded([&] {
    const at::AutoGradMode with_gradients(true);
    return TryStep(input);
  });
  optimiser_.ClearGradients();
  return result;
}

absl::StatusOr<StepResult> Learner::TryStep(const StepInput& input) {
  // What lasts is changed only when every exchange with other ranks and every check is over.
  NamedTensors teacher = model_.MovedTeacher();
  const at::Tensor embeddings = model_.ClusterEmbeddings();
  const int64_t pictures = input.weak.size(0), first_picture = communicator_.rank() * pictures;
  const absl::StatusOr<std::vector<PictureTargets>> targets = model_.MakeTargets(
      input, teacher, model_.DropBlocks(Tower::kTeacher, steps_done_, first_picture, pictures), embeddings,
      communicator_);
  if (!targets.ok()) return targets.status();

  const Totals own = CountAll(*targets, settings_.cluster_masks ? settings_.clusters : 0);
  Totals all = own;
  if (absl::Status status = SumOverRanks(device_, communicator_, all); !status.ok()) return status;

  StepResult result;
  result.step = steps_done_;
  result.learning_rate =
      settings_.base_rate * CosineSchedule(steps_done_, settings_.steps, settings_.rate_end_ratio);
  result.masks = std::llround(all.masks);
  result.covered_share = all.covered / (all.pictures * std::pow(settings_.mask_resolution, 2));
  for (int64_t c = 0; c < all.masks_per_cluster.numel(); ++c) {
    result.masks_per_cluster.push_back(std::llround(all.masks_per_cluster[c].item<double>()));
  }
  result.updated = all.elements > 0;

  if (result.updated) {
    const double scale = settings_.loss_average == LossAverage::kCoveredPixels
                             ? 1 / all.elements
                             : 1 / (std::max(own.elements, 1.0) * communicator_.world_size());
    at::Tensor loss =
        Backpropagate(input.strong, model_.DropBlocks(Tower::kStudent, steps_done_, first_picture, pictures),
                      *targets, embeddings, scale);
    if (absl::Status status = communicator_.FinishGradients(); !status.ok()) return status;
    if (absl::Status status = communicator_.AllReduceSum(loss); !status.ok()) return status;
    result.loss = loss.item<double>();
    result.gradient_norm = optimiser_.GradientNorm();
    if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
      return absl::InternalError(absl::StrCat("step ", steps_done_, ": the loss is ", result.loss,
                                              " and the gradient's norm ", result.gradient_norm,
                                              ", expected finite numbers"));
    }
    const double largest_norm =
        settings_.clip_norm > 0 ? settings_.clip_norm : std::numeric_limits<double>::infinity();
    optimiser_.Step(result.learning_rate, updates_done_, result.gradient_norm, largest_norm);
    ++updates_done_;
  }
  model_.SetTeacher(std::move(teacher));
  ++steps_done_;
  return result;
}

at::Tensor Learner::Backpropagate(const at::Tensor& strong, const at::Tensor& branch_factors,
                                  const std::vector<PictureTargets>& targets, const at::Tensor& embeddings,
                                  double scale) {
  // Through the text encoder we go once, with the last micro-batch; this leaf collects what the others say.
  at::Tensor collected;
  if (embeddings.defined()) collected = embeddings.detach().requires_grad_(embeddings.requires_grad());

  at::Tensor loss = at::zeros({}, at::TensorOptions(device_).dtype(at::kDouble));
  std::optional<Decoder> decoder, detached_decoder;
  std::optional<BilinearPair> upsampling;
  const int64_t pictures = strong.size(0), at_once = model_.MicroBatch(pictures);
  for (int64_t first = 0; first < pictures; first += at_once) {
    const int64_t count = std::min(at_once, pictures - first);
    const bool is_last = first + count == pictures;
    communicator_.set_synchronise(is_last);

    const std::vector<PictureTargets> own(targets.begin() + first, targets.begin() + first + count);
    std::vector<at::Tensor> channels;
    for (const PictureTargets& picture : own) {
      channels.push_back(!embeddings.defined() ? picture.embeddings : is_last ? embeddings : collected);
    }
    const at::Tensor features =
        model_.EncodeStudent(strong.narrow(0, first, count), Columns(branch_factors, first, count));
    const at::Tensor costs = CostVolumes(features, channels);
    if (!decoder) {
      const int64_t h = costs.size(2), w = costs.size(3);
      decoder = model_.MakeDecoder(h, w);
      detached_decoder = decoder->Detached();
      upsampling.emplace(4 * h, 4 * w, settings_.mask_resolution, device_);
    }
    const MaskedLoss masked =
        DecodeAndCompare(costs.detach(), own, *detached_decoder, *upsampling, scale, settings_.bfloat16);
    loss += masked.loss;

    std::vector<Root> roots;
    roots.emplace_back(costs, masked.gradients);
    if (is_last) {
      std::vector<Root> kernels;
      const std::vector<at::Tensor> made = decoder->kernels(), leaves = detached_decoder->kernels();
      for (size_t i = 0; i < made.size(); ++i) kernels.emplace_back(made[i], leaves[i].grad());
      Backward(kernels);
      if (collected.defined()) roots.emplace_back(embeddings, collected.grad());
    }
    Backward(roots);
  }
  return loss;
}

absl::StatusOr<Inspection> Learner::Inspect(const StepInput& input) const {
  if (absl::Status status = CheckStepInput(input); !status.ok()) return status;
  return Guarded([&]() -> absl::StatusOr<Inspection> {
    const at::NoGradGuard no_gradients;
    const std::unique_ptr<Communicator> alone = MakeSingleProcess();
    const at::Tensor embeddings = model_.ClusterEmbeddings();
    const absl::StatusOr<std::vector<PictureTargets>> targets =
        model_.MakeTargets(input, model_.teacher(), /*branch_factors=*/{}, embeddings, *alone);
    if (!targets.ok()) return targets.status();

    Inspection inspection;
    if (embeddings.defined()) inspection.embeddings = CopyOnCpu(embeddings);
    for (size_t b = 0; b < targets->size(); ++b) {
      const PictureTargets& picture = (*targets)[b];
      at::Tensor assignment = at::full({input.masks[b].size(0)}, -1, at::kLong);
      assignment.index_copy_(0, picture.kept.cpu(), picture.assignment.cpu());
      inspection.assignments.push_back(assignment);
      inspection.targets.push_back(CopyOnCpu(picture.channels));
      if (picture.channels.size(0) == 0) {
        inspection.predictions.push_back(inspection.targets.back().to(at::kFloat));
        continue;
      }
      const at::Tensor view = input.strong.narrow(0, static_cast<int64_t>(b), 1);
      const at::Tensor costs = CostVolumes(model_.EncodeStudent(view), {picture.embeddings});
      const int64_t h = costs.size(2), w = costs.size(3);
      const at::Tensor logits = model_.MakeDecoder(h, w)(costs).squeeze(1);
      const BilinearPair upsampling(4 * h, 4 * w, settings_.mask_resolution, device_);
      inspection.predictions.push_back(CopyOnCpu(at::sigmoid(upsampling.Upsample(logits))));
    }
    return inspection;
  });
}

at::Tensor Learner::ClusterEmbeddings() const {
  const at::NoGradGuard no_gradients;
  return CopyOnCpu(model_.ClusterEmbeddings());
}

NamedTensors Learner::Parameters() const {
  NamedTensors parameters;
  for (const AdamW::Slot& slot : optimiser_.slots())
    parameters.emplace(slot.parameter.name, slot.parameter.value);
  return parameters;
}

NamedTensors Learner::StateTensors() const {
  NamedTensors tensors = model_.ChangingTensors();
  for (const AdamW::Slot& slot : optimiser_.slots()) {
    tensors.emplace(kFirstMoment + slot.parameter.name, slot.first_moment);
    tensors.emplace(kSecondMoment + slot.parameter.name, slot.second_moment);
  }
  return tensors;
}

NamedTensors Learner::State() const {
  NamedTensors state;
  for (const auto& [name, tensor] : StateTensors()) state.emplace(name, CopyOnCpu(tensor));
  state.emplace(kSteps, at::scalar_tensor(steps_done_, at::kLong));
  state.emplace(kUpdates, at::scalar_tensor(updates_done_, at::kLong));
  return state;
}

absl::Status Learner::Restore(const NamedTensors& state) {
  const NamedTensors own = StateTensors();
  NamedTensors expected = own;
  for (const char* count : {kSteps, kUpdates}) expected.emplace(count, at::scalar_tensor(0, at::kLong));
  for (const auto& [name, tensor] : expected) {
    const auto given = state.find(name);
    if (given == state.end()) return FieldError(name, "is missing in the training's state");
    if (!given->second.defined() || given->second.sizes() != tensor.sizes() ||
        given->second.scalar_type() != tensor.scalar_type()) {
      return FieldError(name, absl::StrCat("is ", ShapeAndType(given->second),
                                           " in the training's state, expected ", ShapeAndType(tensor)));
    }
  }
  for (const auto& [name, tensor] : state) {
    if (expected.count(name) == 0) return FieldError(name, "has no place in the state of such a training");
  }
  for (const char* count : {kSteps, kUpdates}) {
    if (state.at(count).item<int64_t>() < 0) return FieldError(count, "is negative, expected 0 or more");
  }
  return Guarded([&] {
    const at::NoGradGuard no_gradients;
    for (const auto& [name, tensor] : own) tensor.copy_(state.at(name));
    steps_done_ = state.at(kSteps).item<int64_t>();
    updates_done_ = state.at(kUpdates).item<int64_t>();
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<PixelClipLearner>> PixelClipLearner::Make(const Checkpoint& checkpoint,
                                                                         const MethodSettings& settings,
                                                                         Communicator* communicator) {
  if (absl::Status status = CheckMethodSettings(settings, checkpoint.config); !status.ok()) return status;
  const absl::StatusOr<c10::Device> device = FindDevice(settings.device);
  if (!device.ok()) return device.status();
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<PixelClipLearner>> {
    absl::StatusOr<TrainingModel> model = TrainingModel::Make(checkpoint, settings, *device);
    if (!model.ok()) return model.status();
    auto learner = std::make_unique<Learner>(*std::move(model), settings, communicator, *device);
    if (absl::Status status = learner->Connect(); !status.ok()) return status;
    return learner;
  });
}

}  // namespace pixelclip
