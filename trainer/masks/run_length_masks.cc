#include "trainer/masks/run_length_masks.h"

#include <algorithm>
#include <utility>

#include "core/checkpoint/problem.h"
#include "core/image/rle_counts.h"

namespace pixelclip {
namespace {

// Makes runs of ones of lengths that take turns.
class RunBuilder {
 public:
  explicit RunBuilder(int64_t pixels) : pixels_(pixels) {}

  // -1 for a length that could not be read.
  absl::Status Add(int64_t length) {
    if (length < 0) return Invalid("malformed counts behind pixel ", position_);
    if (length > pixels_ - position_) {
      return Invalid("run lengths exceed the ", pixels_, " pixels of the mask");
    }
    if (ones_ && length > 0) {
      const auto begin = static_cast<uint32_t>(position_);
      const auto end = static_cast<uint32_t>(position_ + length);
      if (!runs_.empty() && runs_.back().end == begin) {
        runs_.back().end = end;
      } else {
        runs_.push_back({begin, end});
      }
    }
    position_ += length;
    ones_ = !ones_;
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<PixelRun>> Finish() && {
    if (position_ != pixels_) return Invalid("run lengths end at pixel ", position_, " of ", pixels_);
    return std::move(runs_);
  }

 private:
  const int64_t pixels_;
  int64_t position_ = 0;
  bool ones_ = false;
  std::vector<PixelRun> runs_;
};

int64_t Area(const std::vector<PixelRun>& runs) {
  int64_t area = 0;
  for (const PixelRun& run : runs) area += run.end - run.begin;
  return area;
}

// For each row y of the masks, and for their height, the first point of the grid at or below it.
struct RowTable {
  std::vector<int> first;

  RowTable(const std::vector<int>& rows, int height) : first(height + 1) {
    const int begin = static_cast<int>(std::find_if(rows.begin(), rows.end(), IsInside) - rows.begin());
    const int end =
        static_cast<int>(std::find_if(rows.rbegin(), rows.rend(), IsInside).base() - rows.begin());
    int point = begin;
    for (int y = 0; y <= height; ++y) {
      while (point < end && rows[point] < y) ++point;
      first[y] = point;
    }
  }

  static bool IsInside(int row) { return row >= 0; }
};

class RunLengthMasks : public PictureMasks {
 public:
  RunLengthMasks(std::vector<std::vector<PixelRun>> masks, const MaskPlacement& placement)
      : masks_(std::move(masks)), placement_(placement) {}

  absl::StatusOr<MaskStack> Sample(const Crop& crop, int side) const override {
    absl::StatusOr<MaskStack> stack = EmptyStack(masks_.size(), crop, side);
    if (!stack.ok()) return stack.status();
    const SamplingGrid grid = PlaceGrid(crop, side, placement_);
    const RowTable rows(grid.rows, placement_.height);
    uint8_t* plane = stack->pixels.data();
    for (const std::vector<PixelRun>& runs : masks_) {
      Draw(runs, grid.columns, rows, crop.flipped, side, plane);
      plane += static_cast<size_t>(side) * side;
    }
    return stack;
  }

 private:
  // The columns ascend, and so do the runs: one walk over both. What lies left of the crop is jumped over.
  void Draw(const std::vector<PixelRun>& runs, const std::vector<int>& columns, const RowTable& rows,
            bool flipped, int side, uint8_t* plane) const {
    const uint32_t height = static_cast<uint32_t>(placement_.height);
    auto run = runs.begin();
    bool is_first = true;
    for (int i = 0; i < side; ++i) {
      if (columns[i] < 0) continue;
      const uint32_t begin = static_cast<uint32_t>(columns[i]) * height;
      const uint32_t end = begin + height;
      const auto ends_before = [begin](const PixelRun& each) { return each.end <= begin; };
      if (std::exchange(is_first, false)) run = std::partition_point(run, runs.end(), ends_before);
      while (run != runs.end() && ends_before(*run)) ++run;
      if (run == runs.end()) return;
      uint8_t* column = plane + (flipped ? side - 1 - i : i);
      for (auto part = run; part != runs.end() && part->begin < end; ++part) {
        const int first = rows.first[std::max(part->begin, begin) - begin];
        const int last = rows.first[std::min(part->end, end) - begin];
        for (int j = first; j < last; ++j) column[static_cast<size_t>(j) * side] = 1;
      }
    }
  }

  const std::vector<std::vector<PixelRun>> masks_;
  const MaskPlacement placement_;
};

}  // namespace

absl::StatusOr<std::vector<PixelRun>> RunsFromCounts(std::string_view counts, int64_t pixels) {
  RunBuilder builder(pixels);
  for (RleCountsReader reader(counts); !reader.AtEnd();) {
    if (absl::Status status = builder.Add(reader.Next()); !status.ok()) return status;
  }
  return std::move(builder).Finish();
}

absl::StatusOr<std::vector<PixelRun>> RunsFromLengths(const std::vector<uint32_t>& lengths, int64_t pixels) {
  RunBuilder builder(pixels);
  for (const uint32_t length : lengths) {
    if (absl::Status status = builder.Add(length); !status.ok()) return status;
  }
  return std::move(builder).Finish();
}

absl::StatusOr<std::unique_ptr<const PictureMasks>> MakeRunLengthMasks(
    std::vector<std::vector<PixelRun>> masks, const MaskPlacement& placement) {
  if (absl::Status status = CheckPlacement(placement); !status.ok()) return status;
  if (masks.size() > kMaxMasksPerPicture) {
    return Invalid(masks.size(), " masks; at most ", kMaxMasksPerPicture, " are allowed");
  }
  std::stable_sort(masks.begin(), masks.end(),
                   [](const auto& a, const auto& b) { return Area(a) > Area(b); });
  return std::make_unique<RunLengthMasks>(std::move(masks), placement);
}

}  // namespace pixelclip
