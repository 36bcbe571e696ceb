#include "core/model/parallel.h"

#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

namespace pixelclip {

// An iterator over one byte an item brings LibTorch's own threads.
void ForRanges(int64_t total, int64_t grain, const std::function<void(int64_t first, int64_t count)>& work) {
  at::Tensor places = at::empty({total}, at::kByte);
  const auto* const begin = reinterpret_cast<const char*>(places.const_data_ptr<uint8_t>());
  at::TensorIterator::nullary_op(places).for_each(
      [&](char** data, const int64_t*, int64_t count, int64_t) { work(data[0] - begin, count); }, grain);
}

}  // namespace pixelclip
