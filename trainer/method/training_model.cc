#include "trainer/method/training_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "core/model/plain_array.h"
#include "trainer/method/autocast.h"

namespace pixelclip {
namespace {

constexpr char kStudent[] = "sem_seg_head.predictor.clip_model.";
constexpr char kTeacher[] = "teacher_encoder.";
constexpr char kDecoder[] = "head.";
constexpr char kPromptTokens[] = "sem_seg_head.predictor.prompt_tokens";
// Ours: the published loader takes prompt_tokens for prompts of the text encoder.
constexpr char kFreeEmbeddings[] = "sem_seg_head.predictor.cluster_embeddings";

at::Tensor ForPixels(const std::array<double, 3>& values, c10::Device device) {
  return at::tensor({255 * values[0], 255 * values[1], 255 * values[2]}, at::kFloat)
      .view({1, 3, 1, 1})
      .to(device);
}

}  // namespace

TrainingModel::TrainingModel(const Checkpoint& checkpoint, const MethodSettings& settings, c10::Device device)
    : checkpoint_(checkpoint),
      settings_(settings),
      device_(device),
      weights_(Weights(checkpoint.tensors).To(device)),
      tower_(checkpoint, weights_,
             settings.tuned_parts.value_or(DefaultTunedParts(checkpoint.config.vision))),
      mean_(ForPixels(checkpoint.config.image_mean, device)),
      std_(ForPixels(checkpoint.config.image_std, device)),
      student_(tower_.TunedCopy()),
      teacher_(tower_.TunedCopy()) {
  for (auto& [name, tensor] : student_) tensor.requires_grad_(true);
}

absl::StatusOr<TrainingModel> TrainingModel::Make(const Checkpoint& checkpoint,
                                                  const MethodSettings& settings, c10::Device device) {
  TrainingModel model(checkpoint, settings, device);
  at::Generator generator = at::detail::createCPUGenerator(settings.seed);
  if (settings.cluster_masks && settings.text_encoder) {
    absl::StatusOr<ClassPrompts> prompts =
        ClassPrompts::Make(settings, checkpoint.config.text, model.weights_);
    if (!prompts.ok()) return prompts.status();
    model.prompts_ = *std::move(prompts);
    model.prompt_tokens_ = model.prompts_->InitialTokens(settings, generator);
  } else if (settings.cluster_masks) {
    const int64_t width = checkpoint.config.embed_dim;
    const at::Tensor drawn = at::randn({settings.clusters, width}, std::optional<at::Generator>(generator));
    model.prompt_tokens_ = (drawn / std::sqrt(static_cast<double>(width))).to(device);
  }
  if (model.prompt_tokens_.defined()) model.prompt_tokens_.requires_grad_(settings.learn_prompts);
  for (const auto& [name, tensor] : InitialDecoderWeights(generator)) {
    model.decoder_.emplace(name, tensor.to(device).requires_grad_(true));
  }
  return model;
}

std::vector<TrainedParameter> TrainingModel::Parameters() const {
  std::vector<TrainedParameter> parameters;
  const auto decay = [this](const std::string& name, const Tensors& all) {
    return BelongsToNormalisation(name, all) ? 0 : settings_.weight_decay;
  };
  if (prompt_tokens_.defined() && settings_.learn_prompts) {
    parameters.push_back(
        {prompts_name(), prompt_tokens_, settings_.prompt_rate_factor, settings_.weight_decay});
  }
  for (const auto& [name, tensor] : student_) {
    parameters.push_back(
        {kStudent + name, tensor, settings_.encoder_rate_factor, decay(name, tower_.start())});
  }
  for (const auto& [name, shape] : DecoderShapes()) {
    parameters.push_back({kDecoder + name, decoder_.at(name), 1, decay(name, decoder_)});
  }
  return parameters;
}

at::Tensor TrainingModel::ClusterEmbeddings() const {
  if (!prompt_tokens_.defined()) return {};
  return Normalize(prompts_ ? prompts_->Embed(prompt_tokens_) : prompt_tokens_, 1);
}

at::Tensor TrainingModel::DropBlocks(Tower tower, int64_t step, int64_t first_picture, int64_t count) const {
  if (settings_.drop_path == 0) return {};
  return DrawBranchFactors(tower, tower_.blocks(), settings_.drop_path, settings_.seed, step, first_picture,
                           count)
      .to(device_);
}

at::Tensor TrainingModel::Encode(const at::Tensor& pictures, const Tensors& tuned,
                                 const at::Tensor& branch_factors) const {
  at::Tensor images = (pictures.to(device_).to(at::kFloat) - mean_) / std_;
  const int64_t side = settings_.resolution;
  if (images.size(2) != side || images.size(3) != side) {
    images = at::upsample_bilinear2d(images, {side, side}, /*align_corners=*/false);
  }
  const Autocast autocast(device_, settings_.bfloat16);
  return tower_.Encoder(tuned, branch_factors)->EncodeDense(images).to(at::kFloat);
}

at::Tensor TrainingModel::EncodeStudent(const at::Tensor& pictures, const at::Tensor& branch_factors) const {
  return Encode(pictures, student_, branch_factors);
}

TrainingModel::Tensors TrainingModel::MovedTeacher() const {
  const at::NoGradGuard no_gradients;
  Tensors moved;
  for (const auto& [name, tensor] : teacher_) {
    moved.emplace(name, tensor.mul(settings_.momentum).add_(student_.at(name), 1 - settings_.momentum));
  }
  return moved;
}

absl::StatusOr<std::vector<PictureTargets>> TrainingModel::MakeTargets(const StepInput& input,
                                                                       const Tensors& teacher,
                                                                       const at::Tensor& branch_factors,
                                                                       const at::Tensor& embeddings,
                                                                       Communicator& communicator) const {
  const at::NoGradGuard no_gradients;
  const int64_t pictures = input.weak.size(0), at_once = MicroBatch(pictures);
  std::vector<at::Tensor> features;
  for (int64_t first = 0; first < pictures; first += at_once) {
    const int64_t count = std::min(at_once, pictures - first);
    features.push_back(
        Encode(input.weak.narrow(0, first, count), teacher, Columns(branch_factors, first, count)));
  }
  std::vector<GridMasks> grids;
  for (const at::Tensor& masks : input.masks) {
    grids.push_back(ToGrid(masks.to(device_), settings_.mask_resolution));
  }
  if (!embeddings.defined()) return EachMaskAlone(at::cat(features), grids);
  return ClusterMasks(at::cat(features), grids, embeddings.detach(), settings_.epsilon,
                      settings_.sinkhorn_rounds, communicator);
}

int64_t TrainingModel::MicroBatch(int64_t pictures) const {
  return settings_.micro_batch == 0 ? pictures : std::min(settings_.micro_batch, pictures);
}

TrainingModel::Tensors TrainingModel::ChangingTensors() const {
  Tensors changing;
  for (const TrainedParameter& parameter : Parameters())
    changing.emplace(parameter.name, parameter.value.detach());
  if (prompt_tokens_.defined()) changing.emplace(prompts_name(), prompt_tokens_.detach());
  for (const auto& [name, tensor] : teacher_) changing.emplace(kTeacher + name, tensor);
  return changing;
}

Checkpoint TrainingModel::Export() const {
  Checkpoint exported = checkpoint_;
  exported.version.clear();
  exported.weight_file.clear();
  const auto owned = std::make_shared<std::vector<at::Tensor>>();
  const auto store = [&owned](const at::Tensor& tensor) {
    owned->push_back(CopyOnCpu(tensor));
    const std::vector<int64_t> shape = tensor.sizes().vec();
    const auto* data = reinterpret_cast<const std::byte*>(owned->back().const_data_ptr<float>());
    return StoredTensor{DType::kF32, shape, ContiguousStrides(shape), data};
  };
  for (const auto& [name, tensor] : student_) exported.tensors[name] = store(tensor);
  exported.prompt_tokens.reset();
  if (prompts_) exported.prompt_tokens = store(prompt_tokens_);
  exported.owners.push_back(owned);
  return exported;
}

TrainingModel::Tensors TrainingModel::PublishedTensors() const {
  Tensors all;
  for (const auto& [name, tensor] : student_) all.emplace(kStudent + name, CopyOnCpu(tensor));
  for (const auto& [name, tensor] : teacher_) all.emplace(kTeacher + name, CopyOnCpu(tensor));
  for (const auto& [name, tensor] : tower_.start()) all.emplace(kTeacher + name, CopyOnCpu(tensor));
  for (const auto& [name, stored] : checkpoint_.tensors) {
    all.emplace(kStudent + name, CopyOnCpu(weights_.Get(name)));
  }
  for (const auto& [name, tensor] : decoder_) all.emplace(kDecoder + name, CopyOnCpu(tensor));
  if (prompt_tokens_.defined()) all.emplace(prompts_name(), CopyOnCpu(prompt_tokens_));
  return all;
}

const char* TrainingModel::prompts_name() const { return prompts_ ? kPromptTokens : kFreeEmbeddings; }

at::Tensor CostVolumes(const at::Tensor& features, const std::vector<at::Tensor>& embeddings) {
  const at::Tensor unit = Normalize(features, -1).flatten(1, 2);  // [B, h * w, D]
  std::vector<at::Tensor> costs;
  for (size_t b = 0; b < embeddings.size(); ++b) {
    costs.push_back(at::matmul(embeddings[b], unit[static_cast<int64_t>(b)].t()));
  }
  const at::Tensor all = at::cat(costs);
  return all.view({all.size(0), 1, features.size(1), features.size(2)});
}

at::Tensor Columns(const at::Tensor& matrix, int64_t first, int64_t count) {
  return matrix.defined() ? matrix.narrow(1, first, count) : at::Tensor();
}

at::Tensor CopyOnCpu(const at::Tensor& tensor) {
  return tensor.detach()
      .to(at::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true)
      .contiguous();
}

}  // namespace pixelclip
