#include "core/model/int8_rows.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/cpu_clones.h"
#include "core/model/parallel.h"

// Loops that the compiler turns into vector instructions: no branches, no calls, sums of products as
// std::fma.
#define PIXELCLIP_INLINE inline __attribute__((always_inline))

namespace pixelclip {
namespace {

constexpr int64_t kRowsPerTask = 16;
constexpr float kSteps = 127;
constexpr float kSmallest = 1e-30f;  // rows below are zeros, lest their scale's inverse overflow

template <typename To, typename From>
PIXELCLIP_INLINE To BitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// e^x to about 1e-7 of its value, for x <= 0; below -87 as at -87.
PIXELCLIP_INLINE float ExpOfNegative(float x) {
  constexpr float kRound = 12582912;  // 1.5 * 2^23: adding it rounds to an integer, found in the low bits
  x = x < -87.0f ? -87.0f : x;
  const float shifted = std::fma(x, 1.44269504f, kRound);
  const float n = shifted - kRound;
  const float r = std::fma(n, 2.12194440e-4f, std::fma(n, -0.693359375f, x));
  float p = 1.9875691500e-4f;  // Cephes' expf
  p = std::fma(p, r, 1.3981999507e-3f);
  p = std::fma(p, r, 8.3334519073e-3f);
  p = std::fma(p, r, 4.1665795894e-2f);
  p = std::fma(p, r, 1.6666665459e-1f);
  p = std::fma(p, r, 5.0000001201e-1f);
  p = std::fma(p * r, r, r + 1);
  const uint32_t power = BitCast<uint32_t>(shifted) - BitCast<uint32_t>(kRound);
  return p * BitCast<float>((power + 127) << 23);
}

PIXELCLIP_INLINE float Silu(float x) {
  const float e = ExpOfNegative(-std::fabs(x));
  return x * ((x < 0 ? e : 1.0f) / (1 + e));
}

// Abramowitz and Stegun 7.1.26: erf to 1.5e-7.
PIXELCLIP_INLINE float Gelu(float x) {
  const float z = std::fabs(x) * 0.70710678f;
  const float t = 1 / std::fma(0.3275911f, z, 1.0f);
  float p = 1.061405429f;
  p = std::fma(p, t, -1.453152027f);
  p = std::fma(p, t, 1.421413741f);
  p = std::fma(p, t, -0.284496736f);
  p = std::fma(p, t, 0.254829592f);
  const float tail = 0.5f * p * t * ExpOfNegative(-z * z);  // of the normal distribution, beyond |x|
  return x * (x < 0 ? tail : 1 - tail);
}

PIXELCLIP_INLINE void QuantizeRow(const float* x, int64_t n, uint8_t* values, float* scale) {
  uint32_t largest_bits = 0;  // absolute floats are ordered as their bits are, NaN above all
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t bits = BitCast<uint32_t>(x[i]) & 0x7fffffff;
    largest_bits = bits > largest_bits ? bits : largest_bits;
  }
  const auto largest = BitCast<float>(largest_bits);
  if (!(largest >= kSmallest && largest <= std::numeric_limits<float>::max())) {
    *scale = largest < kSmallest ? 0 : std::numeric_limits<float>::quiet_NaN();
    std::memset(values, 128, n);
    return;
  }
  *scale = largest / kSteps;
  const float steps = kSteps / largest;
  for (int64_t i = 0; i < n; ++i) {
    values[i] = static_cast<uint8_t>(static_cast<int32_t>(std::fma(x[i], steps, 128.5f)));
  }
}

PIXELCLIP_INLINE void DequantizeRow(float scale, const float* bias, int64_t n, float* row) {
  for (int64_t i = 0; i < n; ++i) row[i] = std::fma(row[i], scale, bias[i]);
}

PIXELCLIP_CPU_CLONES void Quantize(const float* x, int64_t rows, int64_t n, uint8_t* values, float* scales) {
  for (int64_t r = 0; r < rows; ++r) QuantizeRow(x + r * n, n, values + r * n, scales + r);
}

PIXELCLIP_CPU_CLONES void Dequantize(const float* scales, const float* bias, const float* y, int64_t rows,
                                     int64_t n, float* product) {
  for (int64_t r = 0; r < rows; ++r, product += n) {
    DequantizeRow(scales[r], bias, n, product);
    if (y == nullptr) continue;
    for (int64_t i = 0; i < n; ++i) product[i] += y[r * n + i];
  }
}

PIXELCLIP_CPU_CLONES void ActivateSilu(const float* scales, const float* bias, int64_t rows, int64_t n,
                                       float* product, uint8_t* values, float* activated_scales) {
  for (int64_t r = 0; r < rows; ++r, product += n) {
    for (int64_t i = 0; i < n; ++i) product[i] = Silu(std::fma(product[i], scales[r], bias[i]));
    QuantizeRow(product, n, values + r * n, activated_scales + r);
  }
}

PIXELCLIP_CPU_CLONES void ActivateGelu(const float* scales, const float* bias, int64_t rows, int64_t n,
                                       float* product, uint8_t* values, float* activated_scales) {
  for (int64_t r = 0; r < rows; ++r, product += n) {
    for (int64_t i = 0; i < n; ++i) product[i] = Gelu(std::fma(product[i], scales[r], bias[i]));
    QuantizeRow(product, n, values + r * n, activated_scales + r);
  }
}

Int8Rows EmptyRows(int64_t rows, int64_t n) {
  return {at::empty({rows, n}, at::kByte), at::empty({rows}, at::kFloat)};
}

}  // namespace

Int8Rows QuantizeRows(const at::Tensor& x) {
  const int64_t n = x.size(-1), rows = x.numel() / n;
  const at::Tensor contiguous = x.contiguous();
  const float* from = contiguous.const_data_ptr<float>();
  Int8Rows result = EmptyRows(rows, n);
  uint8_t* values = result.values.mutable_data_ptr<uint8_t>();
  auto* scales = result.scales.mutable_data_ptr<float>();
  ForRanges(rows, kRowsPerTask, [&](int64_t first, int64_t count) {
    Quantize(from + first * n, count, n, values + first * n, scales + first);
  });
  return result;
}

void DequantizeRows(const at::Tensor& scales, const at::Tensor& bias, const at::Tensor& y,
                    at::Tensor* product) {
  const int64_t rows = product->size(0), n = product->size(1);
  const at::Tensor contiguous_y = y.defined() ? y.contiguous() : y;
  const float* added = y.defined() ? contiguous_y.const_data_ptr<float>() : nullptr;
  const float* scale = scales.const_data_ptr<float>();
  const float* shift = bias.const_data_ptr<float>();
  auto* row = product->mutable_data_ptr<float>();
  ForRanges(rows, kRowsPerTask, [&](int64_t first, int64_t count) {
    Dequantize(scale + first, shift, added == nullptr ? nullptr : added + first * n, count, n,
               row + first * n);
  });
}

Int8Rows ActivateRows(const at::Tensor& scales, const at::Tensor& bias, Nonlinearity nonlinearity,
                      at::Tensor* product) {
  const int64_t rows = product->size(0), n = product->size(1);
  Int8Rows result = EmptyRows(rows, n);
  const auto activate = nonlinearity == Nonlinearity::kGelu ? ActivateGelu : ActivateSilu;
  const float* scale = scales.const_data_ptr<float>();
  const float* shift = bias.const_data_ptr<float>();
  auto* row = product->mutable_data_ptr<float>();
  uint8_t* values = result.values.mutable_data_ptr<uint8_t>();
  auto* activated_scales = result.scales.mutable_data_ptr<float>();
  ForRanges(rows, kRowsPerTask, [&](int64_t first, int64_t count) {
    activate(scale + first, shift, count, n, row + first * n, values + first * n, activated_scales + first);
  });
  return result;
}

}  // namespace pixelclip
