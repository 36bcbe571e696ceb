#ifndef PIXELCLIP_CLIENT_CPP_CLIENT_H_
#define PIXELCLIP_CLIENT_CPP_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  bool keep_features = false;           // for SegmentFeatures
  ClassifyOptions outputs;
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

// Talks to a PixelCLIP server. Calls block until the answer, an error or the timeout; a call that the server
// did not take (UNAVAILABLE) or was too busy for (RESOURCE_EXHAUSTED) is repeated up to three times, when the
// server says, else with growing pauses.
//
// Thread-safe: any number of calls may be in flight at once; they share one connection, which is made with
// the first call and again after it was lost.
//
// Errors are the server's status with its message. One that blames fields of the request reads "FIELD:
// PROBLEM", and FieldOf gives the field. UNAVAILABLE names the address where no server answers. INTERNAL if
// an answer contradicts itself.
class Client {
 public:
  // INVALID_ARGUMENT for options that contradict each other. Does not connect yet.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Segments a picture file: JPEG, PNG, WebP, BMP or TIFF.
  absl::StatusOr<SegmentResult> Segment(std::string_view encoded_picture, const Vocabulary& vocabulary,
                                        const SegmentRequestOptions& options = {}) const;

  // Tries other words on a picture that the server knows: SegmentResult::features_id of a call with
  // keep_features. NOT_FOUND if it does not know it any more.
  absl::StatusOr<SegmentResult> SegmentFeatures(std::string_view features_id, const Vocabulary& vocabulary,
                                                const SegmentRequestOptions& options = {}) const;

  absl::StatusOr<ServerListing> ListModels() const;

  // Whether the server says that it serves, by gRPC's health protocol.
  absl::StatusOr<bool> IsServing() const;

 private:
  class Connection;

  explicit Client(std::unique_ptr<Connection> connection);

  const std::unique_ptr<Connection> connection_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_CLIENT_H_
