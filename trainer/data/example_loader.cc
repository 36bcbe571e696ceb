#include "trainer/data/example_loader.h"

#include <algorithm>
#include <opencv2/core/utility.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace pixelclip {
namespace {

constexpr int kMaxBatch = 1 << 20;
constexpr int kMaxMaskSide = 4096;
constexpr int kMaxThreads = 1024;
constexpr int kMaxPrefetch = 1024;
constexpr size_t kBadPicturesNamed = 5;  // in the error

absl::Status CheckRange(std::string_view field, int64_t value, int64_t minimum, int64_t maximum) {
  if (value >= minimum && value <= maximum) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s: %d is not from %d to %d", field, value, minimum, maximum));
}

absl::Status Check(const MaskSource& source, const LoaderSettings& settings, const LoaderPosition& start) {
  absl::Status status = CheckRange("global_batch", settings.global_batch, 1, kMaxBatch);
  status.Update(CheckRange("world_size", settings.world_size, 1, settings.global_batch));
  status.Update(CheckRange("rank", settings.rank, 0, settings.world_size - 1));
  status.Update(CheckRange("mask_side", settings.mask_side, 1, kMaxMaskSide));
  status.Update(CheckRange("threads", settings.threads, 1, kMaxThreads));
  status.Update(CheckRange("prefetch_batches", settings.prefetch_batches, 1, kMaxPrefetch));
  status.Update(CheckRange("max_bad", settings.max_bad, 0, INT32_MAX - 1));
  status.Update(CheckRange("step", start.step, 0, int64_t{1} << 40));
  status.Update(CheckAugmentation(settings.augmentation));
  if (!status.ok()) return status;
  if (settings.global_batch % settings.world_size != 0) {
    return absl::InvalidArgumentError(absl::StrFormat("global_batch: %d is no multiple of the %d ranks",
                                                      settings.global_batch, settings.world_size));
  }
  if (source.size() == 0) return absl::InvalidArgumentError("the mask source holds no pictures");
  for (const size_t picture : start.bad_pictures) {
    if (picture >= source.size()) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "bad_pictures: picture %d is not one of the source's %d: the position belongs to another data set",
          picture, source.size()));
    }
  }
  return absl::OkStatus();
}

std::string Describe(const BadPicture& bad) {
  std::string why(bad.why.message());
  return absl::StrContains(why, bad.name) ? why : absl::StrCat(bad.name, ": ", why);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExampleLoader>> ExampleLoader::Make(const MaskSource* source,
                                                                   const LoaderSettings& settings,
                                                                   LoaderPosition start,
                                                                   OnBadPicture on_bad_picture) {
  if (absl::Status status = Check(*source, settings, start); !status.ok()) return status;
  cv::setNumThreads(1);
  return std::unique_ptr<ExampleLoader>(
      new ExampleLoader(source, settings, std::move(start), std::move(on_bad_picture)));
}

ExampleLoader::ExampleLoader(const MaskSource* source, const LoaderSettings& settings, LoaderPosition start,
                             OnBadPicture on_bad_picture)
    : settings_(settings),
      picture_count_(source->size()),
      share_(settings.global_batch / settings.world_size),
      maker_(source, settings.augmentation, settings.mask_side, settings.seed, settings.max_bad),
      on_bad_picture_(std::move(on_bad_picture)),
      position_(std::move(start)),
      ring_(static_cast<size_t>(share_) * settings.prefetch_batches),
      begun_(position_.step * share_),
      taken_(begun_) {
  for (const size_t picture : position_.bad_pictures) {
    if (first_bad_.size() == kBadPicturesNamed) break;
    first_bad_.push_back(absl::StrCat(source->name(picture), ": could not be read before"));
  }
  for (int i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

ExampleLoader::~ExampleLoader() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

int64_t ExampleLoader::GlobalIndex(int64_t number) const {
  return number / share_ * settings_.global_batch + int64_t{settings_.rank} * share_ + number % share_;
}

void ExampleLoader::Work() {
  const auto size = static_cast<int64_t>(ring_.size());
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    room_.wait(lock, [&] { return stopping_ || begun_ < taken_ + size; });
    if (stopping_) return;
    const int64_t number = begun_++;
    lock.unlock();
    MadeExample made = maker_.Make(GlobalIndex(number), stopping_);
    lock.lock();
    ring_[number % size] = std::move(made);
    made_.notify_one();
  }
}

std::vector<MadeExample> ExampleLoader::TakeBatch() {
  std::vector<MadeExample> batch;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    for (int i = 0; i < share_; ++i) {
      std::optional<MadeExample>& slot = ring_[(taken_ + i) % ring_.size()];
      made_.wait(lock, [&slot] { return slot.has_value(); });
      batch.push_back(*std::exchange(slot, std::nullopt));
    }
    taken_ += share_;
  }
  room_.notify_all();
  return batch;
}

absl::StatusOr<std::vector<TrainingExample>> ExampleLoader::NextBatch() {
  if (!failure_.ok()) return failure_;
  LoaderPosition next = position_;
  ++next.step;
  std::vector<TrainingExample> examples;
  bool is_whole = true;
  for (MadeExample& made : TakeBatch()) {
    for (const BadPicture& bad : made.bad) {
      const auto place = std::lower_bound(next.bad_pictures.begin(), next.bad_pictures.end(), bad.index);
      if (place != next.bad_pictures.end() && *place == bad.index) continue;
      next.bad_pictures.insert(place, bad.index);
      if (first_bad_.size() < kBadPicturesNamed) first_bad_.push_back(Describe(bad));
      if (on_bad_picture_) on_bad_picture_(bad);
    }
    is_whole = is_whole && made.example.has_value();
    if (!is_whole) continue;
    if (made.example->masks.count == 0) ++next.without_masks;
    examples.push_back(*std::move(made.example));
  }
  const size_t bad_count = next.bad_pictures.size();
  if (!is_whole || bad_count > static_cast<size_t>(settings_.max_bad)) {
    failure_ = absl::DataLossError(absl::StrFormat(
        "%d of %d pictures could not be read and max_bad_pictures allows %d; the first of them: %s",
        bad_count, picture_count_, settings_.max_bad, absl::StrJoin(first_bad_, "; ")));
    return failure_;
  }
  position_ = std::move(next);
  return examples;
}

}  // namespace pixelclip
