#include "server/segment_job.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/global_scores.h"
#include "core/image/image_header.h"
#include "core/input_options.h"
#include "core/label_picture.h"
#include "core/refine_labels.h"
#include "server/convert.h"
#include "server/served_model.h"

namespace pixelclip {
namespace {

// What a picture takes while it is here: its pixels, its labels, and room to decode the ones and encode the
// others; and what each of its score maps takes.
constexpr size_t kBytesPerPixel = 3 + 2 + 3;
constexpr size_t kBytesPerMapPixel = 1 + 4;

// Tiles of one picture that are cut out, queued or being encoded at once; fewer in a short queue.
constexpr int kMaxTilesAtOnce = 8;

struct Extent {
  int width = 0;
  int height = 0;
};

// The picture's size as it tells itself, before anything is decoded. Nothing if decoding is going to refuse
// it.
std::optional<Extent> AnnouncedSize(const v1::Image& image, const DecodeLimits& limits) {
  int64_t width = image.raw().width(), height = image.raw().height();
  if (image.has_encoded()) {
    const auto header = ReadImageHeader(image.encoded());
    if (!header.ok()) return std::nullopt;
    width = header->width;
    height = header->height;
  }
  if (!limits.Admits(width, height)) return std::nullopt;
  return Extent{static_cast<int>(width), static_cast<int>(height)};
}

// What was to be done with the picture before or while it was encoded.
absl::Status CheckForFeatures(const CallSettings& settings) {
  const std::string known = "a picture named by image.features_id ";
  if (settings.tiling) return FieldError("tiling", absl::StrCat(known, "cannot be tiled"));
  if (settings.input.fit != InputFit::kSquash) {
    return FieldError("inference.fit", absl::StrCat(known, "is encoded already: leave this away"));
  }
  if (settings.input.resolution != 0) {
    return FieldError("inference.resolution", absl::StrCat(known, "is encoded already: leave this away"));
  }
  if (settings.classify.refine_steps == 0) return absl::OkStatus();
  return FieldError("inference.refine_steps", absl::StrCat(known, "has no pixels here to look at"));
}

}  // namespace

void SegmentJob::Start(ServerState& state, std::shared_ptr<const CallSettings> settings,
                       const v1::Image& image, const Caller& caller, v1::SegmentResponse* response,
                       Done done) {
  const std::shared_ptr<SegmentJob> job(
      new SegmentJob(state, std::move(settings), image, caller, response, std::move(done)));
  const absl::Status admitted = job->Admit();
  if (!admitted.ok()) return job->End(admitted);
  state.workers.Post(WorkPool::Lane::kBegin, [job] { job->EmbedWords(); });
}

SegmentJob::SegmentJob(ServerState& state, std::shared_ptr<const CallSettings> settings,
                       const v1::Image& image, const Caller& caller, v1::SegmentResponse* response, Done done)
    : state_(state),
      settings_(std::move(settings)),
      image_(image),
      caller_(caller),
      response_(response),
      done_(std::move(done)),
      bytes_(&state.bytes) {}

absl::Status SegmentJob::Admit() {
  switch (image_.source_case()) {
    case v1::Image::kFeaturesId: {
      if (absl::Status possible = CheckForFeatures(*settings_); !possible.ok()) return possible;
      features_ = state_.features.Find(image_.features_id());
      if (features_ == nullptr || features_->model_version != model().version()) {
        return FieldNotFound(
            "image.features_id",
            "not known to this server for this model, or not any more: send the picture again");
      }
      return HoldBytes(0, size_t{1} * features_->width * features_->height);
    }
    default: {
      const auto size = AnnouncedSize(image_, state_.settings.decode_limits);
      absl::Status held = HoldBytes(image_.ByteSizeLong(), size ? size_t{1} * size->width * size->height : 0);
      if (!size) return held;
      return held.ok() ? ReservePlaces(size->width, size->height) : held;
    }
  }
}

absl::Status SegmentJob::HoldBytes(size_t message_bytes, size_t pixels) {
  const size_t maps = settings_->classify.score_maps.size() + (settings_->classify.best_scores ? 1 : 0);
  absl::Status held = bytes_.Grow(message_bytes + pixels * (kBytesPerPixel + maps * kBytesPerMapPixel));
  if (!held.ok()) metrics().CountOutOfBytes();
  return held;
}

absl::Status SegmentJob::ReservePlaces(int width, int height) {
  int count = 1;
  if (settings_->tiling) {
    auto plan = PlanTiles(width, height, *settings_->tiling);
    if (!plan.ok()) return plan.status();
    tiles_ = std::make_unique<Tiles>();
    tiles_->plan = *std::move(plan);
    tiles_->left = tiles_->plan.size();
    count = static_cast<int>(tiles_->plan.size());
  }
  const auto shape_of = [&](int w, int h) {
    return InputSize(w, h, settings_->input, model().segmenter().resolution());
  };
  const Box window = tiles_ ? tiles_->plan.front().window : Box{0, 0, width, height};  // all are as large
  shape_ = shape_of(window.width, window.height);
  absl::Status held =
      HoldInputBytes(shape_, size_t{1} * window.width * window.height, std::min(count, TilesAtOnce()));
  if (!held.ok()) return held;
  if (tiles_ && NeedsGlobalScores(*settings_->tiling, tiles_->plan.size())) {
    global_shape_ = shape_of(width, height);
    auto place = Reserve(1, global_shape_);
    if (!place.ok()) return place.status();
    global_place_ = *std::move(place);
  }
  auto places = Reserve(count, shape_);
  if (!places.ok()) return places.status();
  places_ = *std::move(places);
  return absl::OkStatus();
}

absl::StatusOr<Batcher::Reservation> SegmentJob::Reserve(int count, const Size& shape) {
  CallTerms terms;
  terms.shape = {shape.height, shape.width};
  terms.call = caller_.id;
  terms.priority = settings_->priority;
  terms.window = TilesAtOnce();
  if (caller_.deadline != Clock::kNever) terms.deadline = caller_.deadline - model().finishing_time();
  return model().batcher().Reserve(count, terms);
}

// The queue's capacity bounds inputs of the model's own size; what a caller asks for beyond that counts here.
// So do the pictures that labels are refined by.
absl::Status SegmentJob::HoldInputBytes(const Size& shape, size_t pixels, int count) {
  const size_t own = size_t{1} * model().segmenter().resolution() * model().segmenter().resolution();
  const size_t asked = size_t{1} * shape.width * shape.height;
  size_t bytes = asked > own ? 3 * sizeof(float) * asked : 0;
  if (settings_->classify.refine_steps > 0) bytes += 3 * std::min<size_t>(pixels, kMaxGuidePixels);
  absl::Status held = bytes_.Grow(bytes * count);
  if (!held.ok()) metrics().CountOutOfBytes();
  return held;
}

void SegmentJob::EmbedWords() {
  if (const absl::Status wanted = CheckWanted(); !wanted.ok()) return End(wanted);
  stopwatch_.Lap();
  if (auto known = model().segmenter().FindEmbedded(settings_->vocabulary))
    return TakeWords(std::move(known));
  model().text_thread().Post(WorkPool::Lane::kBegin, [self = shared_from_this()] {
    auto embedded = self->model().segmenter().EmbedVocabulary(self->settings_->vocabulary);
    self->state_.workers.Post(WorkPool::Lane::kBegin, [self, embedded = std::move(embedded)]() mutable {
      self->TakeWords(std::move(embedded));
    });
  });
}

void SegmentJob::TakeWords(absl::StatusOr<std::shared_ptr<const EmbeddedVocabulary>> vocabulary) {
  if (!vocabulary.ok()) return End(vocabulary.status());
  vocabulary_ = *std::move(vocabulary);
  seconds_.set_text(stopwatch_.Lap());
  metrics().ObserveStage(ModelMetrics::Stage::kText, seconds_.text());
  absl::Status status = FindScoreMapClasses(settings_->classify, vocabulary_->class_names).status();
  if (status.ok()) status = features_ ? Label() : Decode();
  if (!status.ok()) End(status);
}

absl::Status SegmentJob::Decode() {
  if (absl::Status wanted = CheckWanted(); !wanted.ok()) return wanted;
  auto picture = ToImage(image_, state_.settings.decode_limits);
  if (!picture.ok()) return picture.status();
  seconds_.set_decode(stopwatch_.Lap());
  metrics().ObserveStage(ModelMetrics::Stage::kDecode, seconds_.decode());
  return tiles_ ? BeginTiles(*std::move(picture)) : Encode(*picture);
}

absl::StatusOr<NetworkInput> SegmentJob::Preprocess(const Image& picture, const Size& reserved) const {
  auto input = model().segmenter().Preprocess(picture, settings_->input);
  if (input.ok() && (input->width != reserved.width || input->height != reserved.height)) {
    return absl::InternalError(absl::StrCat("the input has ", input->width, "x", input->height,
                                            " pixels; its place is for ", reserved.width, "x",
                                            reserved.height));
  }
  return input;
}

Image SegmentJob::Guide(const Image& picture) const {
  return settings_->classify.refine_steps > 0 ? MakeRefinementGuide(picture) : Image();
}

absl::Status SegmentJob::Encode(const Image& picture) {
  auto input = Preprocess(picture, shape_);
  if (!input.ok()) return input.status();
  guide_ = Guide(picture);
  seconds_.set_preprocess(stopwatch_.Lap());
  metrics().ObserveStage(ModelMetrics::Stage::kPreprocess, seconds_.preprocess());
  const Extent size{picture.width, picture.height};
  SubmitInput(
      places_, *std::move(input),
      [self = shared_from_this(), size](absl::StatusOr<DenseFeatures> features, const EncodeTimes& times) {
        if (!features.ok()) return self->End(features.status());
        self->seconds_.set_queue(times.queue_seconds);
        self->seconds_.set_encoder(times.encoder_seconds);
        self->features_ = std::make_shared<PictureFeatures>(
            PictureFeatures{self->model().version(), size.width, size.height, *std::move(features)});
        if (const absl::Status labelled = self->Label(); !labelled.ok()) self->End(labelled);
      });
  return absl::OkStatus();
}

// A result comes on a replica's thread, which has better things to do than labelling.
void SegmentJob::SubmitInput(Batcher::Reservation& places, NetworkInput input,
                             std::function<void(absl::StatusOr<DenseFeatures>, const EncodeTimes&)> encoded) {
  EncodeTask task;
  task.input = std::move(input);
  task.abandoned = [gone = caller_.gone] { return gone->load(); };
  task.done = [self = shared_from_this(), encoded = std::move(encoded)](
                  absl::StatusOr<DenseFeatures> features, const EncodeTimes& times) {
    self->state_.workers.Post(
        WorkPool::Lane::kFinish,
        [encoded, times, features = std::move(features)]() mutable { encoded(std::move(features), times); });
  };
  model().batcher().Submit(places, std::move(task));
}

absl::Status SegmentJob::Label() {
  stopwatch_.Lap();
  if (absl::Status wanted = CheckWanted(); !wanted.ok()) return wanted;
  const auto scores = model().segmenter().Score(features_->features, *vocabulary_);
  if (!scores.ok()) return scores.status();
  const auto result =
      LabelPicture(*scores, *vocabulary_, features_->width, features_->height, settings_->classify, &guide_);
  if (!result.ok()) return result.status();
  if (settings_->keep_features) {
    if (absl::Status kept = KeepFeatures(); !kept.ok()) return kept;
  }
  seconds_.set_classify(stopwatch_.Lap());
  return Respond(*result);
}

absl::Status SegmentJob::KeepFeatures() {
  const bool known = image_.source_case() == v1::Image::kFeaturesId;
  const std::string id = known ? image_.features_id() : state_.features.Keep(features_);
  if (id.empty()) {
    return FieldError(
        "outputs.keep_features",
        absl::StrCat("the features take ", features_->bytes(), " bytes; this server keeps at most ",
                     state_.settings.features_store_bytes, " for all callers together"));
  }
  response_->set_features_id(id);
  response_->set_features_expire_seconds(state_.settings.features_seconds);
  return absl::OkStatus();
}

absl::Status SegmentJob::Respond(const Segmentation& result) {
  metrics().ObserveStage(ModelMetrics::Stage::kClassify, seconds_.classify());
  absl::Status filled = FillResponse(result, settings_->label_map, response_);
  if (!filled.ok()) return filled;
  seconds_.set_encode(stopwatch_.Lap());
  metrics().ObserveStage(ModelMetrics::Stage::kEncode, seconds_.encode());
  model().CountFinishing(seconds_.classify() + seconds_.encode());
  response_->mutable_model()->set_name(model().name());
  response_->mutable_model()->set_version(model().version());
  seconds_.set_total(stopwatch_.Total());
  *response_->mutable_seconds() = seconds_;
  End(absl::OkStatus());
  return absl::OkStatus();
}

absl::Status SegmentJob::BeginTiles(Image picture) {
  auto labels = TiledLabels::Create(picture.width, picture.height, *vocabulary_, settings_->classify);
  if (!labels.ok()) return labels.status();
  tiles_->labels = *std::move(labels);
  tiles_->picture = std::move(picture);
  if (global_place_.left() > 0) return EncodeGlobal();
  EncodeFirstTiles();
  return absl::OkStatus();
}

absl::Status SegmentJob::EncodeGlobal() {
  auto input = Preprocess(tiles_->picture, global_shape_);
  if (!input.ok()) return input.status();
  SubmitInput(global_place_, *std::move(input),
              [self = shared_from_this()](absl::StatusOr<DenseFeatures> features, const EncodeTimes& times) {
                if (!features.ok()) return self->EndTiles(features.status());
                auto scores = self->model().segmenter().Score(*features, *self->vocabulary_);
                if (!scores.ok()) return self->EndTiles(scores.status());
                self->tiles_->global = *std::move(scores);
                self->seconds_.set_queue(times.queue_seconds);
                self->seconds_.set_encoder(times.encoder_seconds);
                self->EncodeFirstTiles();
              });
  return absl::OkStatus();
}

void SegmentJob::EncodeFirstTiles() {
  const int at_once = std::min(TilesAtOnce(), static_cast<int>(tiles_->plan.size()));
  for (int i = 0; i < at_once; ++i) EncodeNextTile();
}

int SegmentJob::TilesAtOnce() const {
  const bool has_global = settings_->tiling && settings_->tiling->global_weight > 0;
  return std::clamp(state_.settings.max_queue - (has_global ? 1 : 0), 1, kMaxTilesAtOnce);
}

void SegmentJob::EncodeNextTile() {
  const Tile* tile = nullptr;
  {
    const std::lock_guard<std::mutex> lock(tiles_->mutex);
    if (tiles_->failed || tiles_->next == tiles_->plan.size()) return;
    tile = &tiles_->plan[tiles_->next++];
  }
  if (const absl::Status wanted = CheckWanted(); !wanted.ok()) return EndTiles(wanted);
  const Image crop = CropTile(tiles_->picture, *tile);
  auto input = Preprocess(crop, shape_);
  if (!input.ok()) return EndTiles(input.status());
  const auto guide = std::make_shared<const Image>(Guide(crop));
  const std::lock_guard<std::mutex> lock(tiles_->mutex);
  if (tiles_->failed) return;
  SubmitInput(places_, *std::move(input),
              [self = shared_from_this(), tile, guide](absl::StatusOr<DenseFeatures> features,
                                                       const EncodeTimes& times) {
                self->LabelTile(*tile, features, *guide, times);
              });
}

void SegmentJob::LabelTile(const Tile& tile, const absl::StatusOr<DenseFeatures>& features,
                           const Image& guide, const EncodeTimes& times) {
  if (!features.ok()) return EndTiles(features.status());
  auto scores = model().segmenter().Score(*features, *vocabulary_);
  if (!scores.ok()) return EndTiles(scores.status());
  if (tiles_->global) {
    MixInGlobalScores(*tiles_->global, tiles_->picture.width, tiles_->picture.height, tile,
                      settings_->tiling->global_weight, &*scores);
  }
  tiles_->labels->AddTile(tile, *scores, &guide);
  bool last = false;
  {
    const std::lock_guard<std::mutex> lock(tiles_->mutex);
    seconds_.set_queue(seconds_.queue() + times.queue_seconds);
    seconds_.set_encoder(seconds_.encoder() + times.encoder_seconds);
    last = --tiles_->left == 0 && !tiles_->failed;
  }
  if (!last) return EncodeNextTile();
  tiles_->picture = {};  // its memory is needed for the response
  seconds_.set_classify(stopwatch_.Lap());
  if (const absl::Status responded = Respond(tiles_->labels->Finish()); !responded.ok()) End(responded);
}

// The first failure ends the job; tiles that are still under way find that out.
void SegmentJob::EndTiles(const absl::Status& status) {
  {
    const std::lock_guard<std::mutex> lock(tiles_->mutex);
    if (std::exchange(tiles_->failed, true)) return;
    places_.Release();
  }
  End(status);
}

absl::Status SegmentJob::CheckWanted() const {
  if (*caller_.gone) return absl::CancelledError("the caller cancelled the call");
  if (caller_.deadline != Clock::kNever && state_.clock.Now() >= caller_.deadline)
    return absl::DeadlineExceededError("the deadline passed before the picture was encoded");
  return absl::OkStatus();
}

void SegmentJob::End(const absl::Status& status) {
  places_.Release();
  global_place_.Release();
  done_(status);
}

}  // namespace pixelclip
