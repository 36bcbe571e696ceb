#ifndef PIXELCLIP_CORE_MODEL_INT8_ROWS_H_
#define PIXELCLIP_CORE_MODEL_INT8_ROWS_H_

#include <ATen/core/Tensor.h>

namespace pixelclip {

// Rows of numbers as 8-bit integers with a scale for each row: a row stands for scale * (values - 128), and
// its largest absolute value for 127 steps. What one row holds does not change another. CPU.
struct Int8Rows {
  at::Tensor values;  // [rows, n] uint8, 1 to 255
  at::Tensor scales;  // [rows] float32; NaN for a row that is not finite
};

// x: [..., n] float32.
Int8Rows QuantizeRows(const at::Tensor& x);

// A linear layer's work after its integer product, in place: product * scale of the row + bias, and plus `y`
// where it is defined. product: [rows, n] float32; bias: [n]; y: as many float32.
void DequantizeRows(const at::Tensor& scales, const at::Tensor& bias, const at::Tensor& y,
                    at::Tensor* product);

// What a layer inside an MLP is followed by.
enum class Nonlinearity {
  kGelu,  // the exact one
  kSilu,  // x times its sigmoid
};

// Dequantises as above, applies the non-linearity, and quantises again. Uses `product` as scratch space.
Int8Rows ActivateRows(const at::Tensor& scales, const at::Tensor& bias, Nonlinearity nonlinearity,
                      at::Tensor* product);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_MODEL_INT8_ROWS_H_
