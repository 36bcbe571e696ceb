#ifndef PIXELCLIP_TRAINER_DINO_DINO_CHECKPOINT_H_
#define PIXELCLIP_TRAINER_DINO_DINO_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/checkpoint/weight_file.h"

namespace pixelclip {

// What the tensors of a DINO vision transformer say about it.
struct DinoShape {
  int64_t width = 0;
  int64_t layers = 0;
  int64_t heads = 0;  // width / 64, as in every published size
  int64_t patch_size = 0;
  int64_t grid = 0;  // patches a side, as trained
};

// Tensors of a DINO ViT, pointing into `weights.file`. The blocks' have the names that core/model/layers.h
// knows (blocks.N.ln_1, attn.in_proj_weight, attn.out_proj, ln_2, mlp.c_fc, mlp.c_proj), the others DINO's
// own (cls_token, pos_embed, patch_embed.proj, norm).
struct DinoCheckpoint {
  WeightFile weights;
  DinoShape shape;
};

// Reads the published .pth, a state dict, with or without "module." and "backbone." before the names; heads
// beside the backbone are left out. INVALID_ARGUMENT, naming the file and the tensor, where one is missing or
// has another shape than the others call for.
absl::StatusOr<DinoCheckpoint> ReadDinoCheckpoint(const std::string& path);

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DINO_DINO_CHECKPOINT_H_
