#ifndef PIXELCLIP_SERVER_SEGMENT_JOB_H_
#define PIXELCLIP_SERVER_SEGMENT_JOB_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "core/embedded_vocabulary.h"
#include "core/image/image.h"
#include "core/image/resize.h"
#include "core/score_grid.h"
#include "core/stopwatch.h"
#include "core/tiled_labels.h"
#include "core/tiling.h"
#include "pixelclip/v1/segmentation.pb.h"
#include "server/batcher.h"
#include "server/byte_budget.h"
#include "server/call_settings.h"
#include "server/caller.h"
#include "server/server_state.h"

namespace pixelclip {

// One picture's way through the server, from stage to stage and from thread to thread:
//
//   Admit    the caller's thread          memory, and a place in the model's queue
//   words    a worker, or the model's text thread if some of them are new
//   decode   a worker                     and resize
//   encode   a replica                    with other pictures in a batch
//   label    a worker                     and write the response
//
// A tiled picture is decoded once; then its tiles go through resizing, encoding and labelling, a few at a
// time. A picture that the server has encoded before (image.features_id) is labelled at once.
//
// Between the stages no thread is held. A stage ends the job, with an error or the response, or hands it to
// the next one; the job lives until it has called `done`, once.
class SegmentJob : public std::enable_shared_from_this<SegmentJob> {
 public:
  using Done = std::function<void(const absl::Status&)>;

  // Begins. `image` and `response` must stay until `done` is called, which may be before Start returns.
  static void Start(ServerState& state, std::shared_ptr<const CallSettings> settings, const v1::Image& image,
                    const Caller& caller, v1::SegmentResponse* response, Done done);

 private:
  // The parts of a picture that is tiled.
  struct Tiles {
    std::vector<Tile> plan;
    Image picture;
    std::optional<ScoreGrid> global;  // written before the first tile
    std::unique_ptr<TiledLabels> labels;
    std::mutex mutex;
    size_t next = 0;      // the first that no worker has taken; guarded by mutex
    size_t left;          // not yet labelled; guarded by mutex
    bool failed = false;  // guarded by mutex
  };

  SegmentJob(ServerState& state, std::shared_ptr<const CallSettings> settings, const v1::Image& image,
             const Caller& caller, v1::SegmentResponse* response, Done done);

  absl::Status Admit();
  absl::Status HoldBytes(size_t message_bytes, size_t pixels);
  absl::Status ReservePlaces(int width, int height);
  absl::StatusOr<Batcher::Reservation> Reserve(int count, const Size& shape);
  absl::Status HoldInputBytes(const Size& shape, size_t pixels, int count);
  void EmbedWords();
  void TakeWords(absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> vocabulary);
  absl::Status Decode();
  absl::Status Encode(const Image& picture);
  absl::Status Label();
  absl::Status KeepFeatures();
  absl::Status Respond(const Segmentation& result);

  absl::Status BeginTiles(Image picture);
  absl::Status EncodeGlobal();
  void EncodeFirstTiles();
  int TilesAtOnce() const;
  void EncodeNextTile();
  void LabelTile(const Tile& tile, const absl::StatusOr<DenseFeatures>& features, const Image& guide,
                 const EncodeTimes& times);
  void EndTiles(const absl::Status& status);

  const ServedModel& model() const { return *settings_->model; }
  ModelMetrics& metrics() const { return model().metrics(); }
  absl::Status CheckWanted() const;
  absl::StatusOr<NetworkInput> Preprocess(const Image& picture, const Size& reserved) const;
  Image Guide(const Image& picture) const;  // empty unless labels are refined
  void SubmitInput(Batcher::Reservation& places, NetworkInput input,
                   std::function<void(absl::StatusOr<DenseFeatures>, const EncodeTimes&)> encoded);
  void End(const absl::Status& status);

  ServerState& state_;
  const std::shared_ptr<const CallSettings> settings_;
  const v1::Image& image_;
  const Caller caller_;
  v1::SegmentResponse* const response_;
  const Done done_;

  ByteBudget::Hold bytes_;
  Batcher::Reservation places_;        // of the picture, or of its tiles
  Size shape_;                         // of their inputs
  Batcher::Reservation global_place_;  // of the picture beside its tiles
  Size global_shape_;
  std::shared_ptr<const EmbeddedVocabulary> vocabulary_;
  std::shared_ptr<const PictureFeatures> features_;
  Image guide_;  // of a picture that is not tiled
  std::unique_ptr<Tiles> tiles_;
  Stopwatch stopwatch_;
  v1::StageTimes seconds_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_SEGMENT_JOB_H_
