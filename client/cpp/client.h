#ifndef PIXELCLIP_CLIENT_CPP_CLIENT_H_
#define PIXELCLIP_CLIENT_CPP_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/input_options.h"
#include "core/segmentation.h"
#include "core/segmenter.h"
#include "core/text/vocabulary.h"
#include "core/tiling.h"

namespace pixelclip {

// Contents of PEM files. Absent certificates of authorities: those that the system trusts.
struct TlsOptions {
  std::string authorities;
  // Both or none: who the client says it is.
  std::string certificate;
  std::string private_key;
  // The name that the server's certificate must have. Empty: the host's in ClientOptions::server.
  std::string server_name;
};

struct ClientOptions {
  std::string server = "localhost:50051";  // anything that gRPC resolves, such as "unix:/run/pixelclip.sock"
  std::optional<TlsOptions> tls;           // absent: plain text
  // For servers that want one: sent with every call as "authorization: Bearer TOKEN". Never sent in plain
  // text to another machine unless that is allowed, for networks that encrypt by themselves.
  std::string token;
  bool allow_plain_text_token = false;
  double timeout_seconds = 60;  // for each call, retries included
  // Of one message in either direction.
  int max_message_bytes = 256 << 20;
};

// How the label map travels; Segment decodes all of them to the same.
enum class LabelMapTransport { kPng, kRle, kRaw };

// Whom a busy server serves first.
enum class RequestPriority { kLow, kNormal, kHigh };

struct SegmentRequestOptions {
  std::string model;  // empty: the server's default
  LabelMapTransport label_map = LabelMapTransport::kPng;
  RequestPriority priority = RequestPriority::kNormal;
  std::optional<TilingOptions> tiling;  // absent: the picture is taken as a whole
  InputOptions input;                   // how the model looks at the picture, or at each tile
  bool keep_features = false;           // for SegmentFeatures
  ClassifyOptions outputs;
};

// A vocabulary that the server keeps, by what Client::RegisterVocabulary calls it.
struct RegisteredVocabulary {
  std::string id;                        // the same words have the same one on every server
  std::optional<Background> background;  // is not kept: goes with each request
};

// The words of a request: themselves, or their name.
using RequestWords = std::variant<Vocabulary, RegisteredVocabulary>;

// Of all pictures of a stream.
struct StreamOptions {
  SegmentRequestOptions request;
  int max_in_flight = 0;     // pictures in progress at once, at most 64; 0: the server's choice, 4
  bool latest_only = false;  // for live video: skip pictures that the server cannot keep up with
};

struct ModelId {
  std::string name;
  std::string version;  // the first 12 hexadecimal digits of the weights' SHA-256
};

struct SegmentResult {
  Segmentation segmentation;
  ModelId model;
  // Seconds that the server spent beside the stages of Segmentation::seconds.
  double queue_seconds = 0;
  double encode_seconds = 0;
  double total_seconds = 0;
  std::string request_id;  // in the server's logs
  // If keep_features was set: the picture's name on this server, and how long it is good for.
  std::string features_id;
  double features_expire_seconds = 0;
};

struct ModelListing {
  ModelId id;
  std::string description;
  int input_width = 0;
  int input_height = 0;
  int embedding_dimensions = 0;
};

// The limits that requests to a server must keep; see segmentation.proto.
struct ServerLimits {
  int64_t max_image_pixels = 0;
  int64_t max_request_bytes = 0;
  int64_t max_classes = 0;
  int64_t max_synonyms = 0;
  int64_t max_templates = 0;
  int64_t max_prompts = 0;
  int64_t max_score_maps = 0;
  int64_t max_background_words = 0;
};

struct ServerListing {
  std::vector<ModelListing> models;  // the default model first
  ServerLimits limits;
};

class Connection;
class SegmentStream;

// Talks to a PixelCLIP server. Calls block until the answer, an error or the timeout; a call that the server
// did not take (UNAVAILABLE) or was too busy for (RESOURCE_EXHAUSTED) is repeated up to three times, when the
// server says, else with growing pauses. A message of 64 MiB or more, which a server refuses unless it is set
// up for more, is sent once.
//
// Thread-safe: any number of calls may be in flight at once; they share one connection, which is made with
// the first call and again after it was lost.
//
// Errors are the server's status with its message. One that blames fields of the request reads "FIELD:
// PROBLEM", and FieldOf gives the field; texts that are not UTF-8 are refused like that before they are sent.
// UNAVAILABLE names the address where no server answers. INTERNAL if an answer contradicts itself.
class Client {
 public:
  // INVALID_ARGUMENT for options that contradict each other. Does not connect yet.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Segments a picture file: JPEG, PNG, WebP, BMP or TIFF.
  absl::StatusOr<SegmentResult> Segment(std::string_view encoded_picture, const RequestWords& words,
                                        const SegmentRequestOptions& options = {}) const;

  // Tries other words on a picture that the server knows: SegmentResult::features_id of a call with
  // keep_features. NOT_FOUND if it does not know it any more.
  absl::StatusOr<SegmentResult> SegmentFeatures(std::string_view features_id, const RequestWords& words,
                                                const SegmentRequestOptions& options = {}) const;

  // Opens a stream, for the frames of a video or a batch of files: see segment_stream.h. It has no timeout.
  // What is wrong with the words, the options or the connection is said by its Receive.
  std::unique_ptr<SegmentStream> OpenStream(const RequestWords& words,
                                            const StreamOptions& options = {}) const;

  // Has the server keep a vocabulary, so that requests can name it, and embed it at once with the model (an
  // empty name: the server's default). A request that names one that the server has forgotten, or never knew,
  // gets NOT_FOUND at the field "vocabulary_id": register it again.
  absl::StatusOr<RegisteredVocabulary> RegisterVocabulary(const Vocabulary& vocabulary,
                                                          const std::string& model = {}) const;

  absl::StatusOr<ServerListing> ListModels() const;

  // Whether the server says that it serves, by gRPC's health protocol.
  absl::StatusOr<bool> IsServing() const;

 private:
  explicit Client(std::shared_ptr<const Connection> connection);

  const std::shared_ptr<const Connection> connection_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CLIENT_H_
