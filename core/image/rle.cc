#include "core/image/rle.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/image/rle_counts.h"

namespace pixelclip {
namespace {

// Marks pixels that no mask has claimed yet.
constexpr uint16_t kUncovered = 65535;

// Writes the runs of one mask, in order.
class RunWriter {
 public:
  // The mask has ones at [begin, end), behind all earlier ones. Positions count pixels column by column.
  void AddOnes(int64_t begin, int64_t end) {
    counts_.Append(begin - position_);
    counts_.Append(end - begin);
    position_ = end;
  }

  std::string Finish(int64_t total) && {
    if (position_ < total) counts_.Append(total - position_);
    return std::move(counts_).Take();
  }

 private:
  RleCountsWriter counts_;
  int64_t position_ = 0;
};

template <typename... Pieces>
absl::Status MaskError(size_t index, const Pieces&... pieces) {
  return absl::InvalidArgumentError(absl::StrCat("masks[", index, "]: ", pieces...));
}

absl::Status CheckMasks(const std::vector<RleMask>& masks, const DecodeLimits& limits) {
  if (masks.empty() || masks.size() > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(masks.size(), " masks; must be 1 to 65535"));
  }
  const int64_t width = masks[0].width;
  const int64_t height = masks[0].height;
  if (!limits.Admits(width, height)) {
    return MaskError(0, width, "x", height, " pixels; at most ", limits.max_pixels, " and ", limits.max_side,
                     " a side are allowed");
  }
  for (size_t i = 0; i < masks.size(); ++i) {
    if (masks[i].label == kUncovered) return MaskError(i, "label ", kUncovered, "; at most 65534 is allowed");
    if (masks[i].width != width || masks[i].height != height) {
      return MaskError(i, masks[i].width, "x", masks[i].height, " pixels; the first mask has ", width, "x",
                       height);
    }
  }
  return absl::OkStatus();
}

// Squares of this side fit into the first-level cache.
constexpr int kBlock = 64;

// out[x * height + y] = in[y * stride + x] for x below width and y below height.
std::vector<uint16_t> Transposed(const uint16_t* in, int width, int height, size_t stride) {
  std::vector<uint16_t> out(static_cast<size_t>(width) * height);
  for (int y0 = 0; y0 < height; y0 += kBlock) {
    for (int x0 = 0; x0 < width; x0 += kBlock) {
      for (int x = x0; x < std::min(width, x0 + kBlock); ++x) {
        for (int y = y0; y < std::min(height, y0 + kBlock); ++y) {
          out[static_cast<size_t>(x) * height + y] = in[y * stride + x];
        }
      }
    }
  }
  return out;
}

}  // namespace

std::vector<RleMask> EncodeRle(const LabelMap& map, int class_count) {
  std::vector<RunWriter> writers(class_count);
  int64_t run_begin = 0;
  uint16_t run_label = map.labels.empty() ? 0 : map.labels.front();
  const auto end_run = [&](int64_t end) {
    if (run_label < class_count && end > run_begin) writers[run_label].AddOnes(run_begin, end);
    run_begin = end;
  };
  // A few columns at a time: all of them transposed at once would double the memory of a large map.
  for (int x = 0; x < map.width; x += kBlock) {
    const int width = std::min(kBlock, map.width - x);
    const std::vector<uint16_t> columns = Transposed(map.labels.data() + x, width, map.height, map.width);
    const auto is_other = [&](uint16_t label) { return label != run_label; };
    auto change = std::find_if(columns.begin(), columns.end(), is_other);
    while (change != columns.end()) {
      end_run(int64_t{x} * map.height + (change - columns.begin()));
      run_label = *change;
      change = std::find_if(change, columns.end(), is_other);
    }
  }
  const int64_t total = static_cast<int64_t>(map.labels.size());
  end_run(total);

  std::vector<RleMask> masks;
  masks.reserve(writers.size());
  for (int label = 0; label < class_count; ++label) {
    masks.push_back(
        {map.height, map.width, std::move(writers[label]).Finish(total), static_cast<uint16_t>(label)});
  }
  return masks;
}

absl::StatusOr<LabelMap> DecodeRle(const std::vector<RleMask>& masks, const DecodeLimits& limits) {
  if (absl::Status status = CheckMasks(masks, limits); !status.ok()) return status;
  LabelMap map;
  map.width = masks[0].width;
  map.height = masks[0].height;
  const int64_t total = int64_t{map.width} * map.height;
  std::vector<uint16_t> columns(total, kUncovered);
  for (size_t i = 0; i < masks.size(); ++i) {
    RleCountsReader reader(masks[i].counts);
    int64_t position = 0;
    for (bool ones = false; !reader.AtEnd(); ones = !ones) {
      const int64_t run = reader.Next();
      if (run < 0) return MaskError(i, "malformed counts behind pixel ", position);
      if (run > total - position) return MaskError(i, "counts exceed the ", total, " pixels of the mask");
      if (ones) {
        const auto begin = columns.begin() + position;
        if (std::any_of(begin, begin + run, [](uint16_t label) { return label != kUncovered; })) {
          return MaskError(i, "overlaps an earlier mask behind pixel ", position);
        }
        std::fill_n(begin, run, masks[i].label);
      }
      position += run;
    }
    if (position != total) return MaskError(i, "counts end at pixel ", position, " of ", total);
  }
  const auto uncovered = std::find(columns.begin(), columns.end(), kUncovered);
  if (uncovered != columns.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("masks: pixel ", uncovered - columns.begin(), " by columns is in none of them"));
  }
  map.labels = Transposed(columns.data(), map.height, map.width, map.height);
  return map;
}

}  // namespace pixelclip
