#ifndef PIXELCLIP_CLIENT_CPP_REMOTE_BACKEND_H_
#define PIXELCLIP_CLIENT_CPP_REMOTE_BACKEND_H_

#include <memory>
#include <string>

#include "cli/segment_backend.h"
#include "client/cpp/client.h"

namespace pixelclip {

// Lets a server segment. Thread-safe.
class RemoteBackend : public SegmentBackend {
 public:
  RemoteBackend(std::unique_ptr<Client> client, Vocabulary vocabulary, SegmentRequestOptions options);

  absl::StatusOr<SegmentAnswer> Segment(const std::string& encoded_picture) override;

 private:
  const std::unique_ptr<Client> client_;
  const Vocabulary vocabulary_;
  const SegmentRequestOptions options_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_CPP_REMOTE_BACKEND_H_
