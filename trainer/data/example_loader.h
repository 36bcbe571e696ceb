#ifndef PIXELCLIP_TRAINER_DATA_EXAMPLE_LOADER_H_
#define PIXELCLIP_TRAINER_DATA_EXAMPLE_LOADER_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/data/augmentation.h"
#include "trainer/data/example_maker.h"
#include "trainer/data/training_example.h"
#include "trainer/masks/mask_source.h"

namespace pixelclip {

struct LoaderSettings {
  // Pictures of one step over all ranks; a multiple of world_size. Rank r takes the r-th contiguous share.
  int global_batch = 48;
  int rank = 0;
  int world_size = 1;

  // Order of the pictures and everything random in the examples follow from it.
  uint64_t seed = 0;

  // Masks come at mask_side x mask_side.
  int mask_side = 256;

  // Threads that read pictures and make examples.
  int threads = 2;

  // Batches that are made ahead of the one in use. They bound the memory: an example of 640 x 640 with a
  // hundred masks of 256 x 256 takes 9 MB, and each thread holds one whole picture besides.
  int prefetch_batches = 2;

  // Different pictures that may be unreadable or missing before training ends with an error; each rank counts
  // those that it met.
  int max_bad = 100;

  AugmentationSettings augmentation;
};

// Where a loader stands: what a checkpoint has to keep.
struct LoaderPosition {
  int64_t step = 0;                  // of the next batch
  std::vector<size_t> bad_pictures;  // indices in the source of all that could not be read, ascending
  int64_t without_masks = 0;         // examples so far of whose crop no mask shows a pixel
};

// Feeds training: batches of examples in a shuffled order without end, made ahead by threads.
//
// Example i of step s's global batch follows from seed, s and i alone: not from the number of threads, ranks
// or prefetched batches, nor from where a loader started. Every picture comes once before one comes again.
//
// A picture that cannot be read is reported and its place taken by the next one in the order, so that all
// other examples stay what they are; the number of different ones is limited. A picture whose crop holds no
// mask stays in the batch with an empty stack (the loss takes nothing from it) and is counted.
//
// One thread at a time may call. Destruction waits for the pictures that are being read at that moment, for
// no others. OpenCV's own threads are switched off in the whole process: the loader's take their place.
class ExampleLoader {
 public:
  // Hears of each different unreadable picture once, on the thread that calls NextBatch, in order.
  using OnBadPicture = std::function<void(const BadPicture&)>;

  // Begins to load at `start`. INVALID_ARGUMENT for settings out of their limits and for an empty source.
  // `source` must outlive the loader.
  static absl::StatusOr<std::unique_ptr<ExampleLoader>> Make(const MaskSource* source,
                                                             const LoaderSettings& settings,
                                                             LoaderPosition start = {},
                                                             OnBadPicture on_bad_picture = nullptr);
  ~ExampleLoader();

  ExampleLoader(const ExampleLoader&) = delete;
  ExampleLoader& operator=(const ExampleLoader&) = delete;

  // This rank's global_batch / world_size examples of the next step. DATA_LOSS once more than max_bad
  // different pictures were unreadable or none can be read, with the first few of them; the position then
  // stays, and so does the error.
  absl::StatusOr<std::vector<TrainingExample>> NextBatch();

  // Behind the last batch that NextBatch gave.
  const LoaderPosition& position() const { return position_; }

 private:
  ExampleLoader(const MaskSource* source, const LoaderSettings& settings, LoaderPosition start,
                OnBadPicture on_bad_picture);

  // This rank's examples are numbered through all steps.
  int64_t GlobalIndex(int64_t number) const;
  std::vector<MadeExample> TakeBatch();
  void Work();

  const LoaderSettings settings_;
  const size_t picture_count_;
  const int share_;  // examples of each batch that this rank takes
  const ExampleMaker maker_;
  const OnBadPicture on_bad_picture_;
  LoaderPosition position_;
  absl::Status failure_;
  std::vector<std::string> first_bad_;  // messages, for failure_

  std::mutex mutex_;
  std::condition_variable room_;                  // an example may be begun, or stopping_
  std::condition_variable made_;                  // an example is made
  std::vector<std::optional<MadeExample>> ring_;  // number n lies at n % size; guarded by mutex_
  int64_t begun_;                                 // number of the next one to begin; guarded by mutex_
  int64_t taken_;                                 // number of the next one to hand out; guarded by mutex_
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_DATA_EXAMPLE_LOADER_H_
