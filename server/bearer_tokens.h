#ifndef PIXELCLIP_SERVER_BEARER_TOKENS_H_
#define PIXELCLIP_SERVER_BEARER_TOKENS_H_

#include <grpcpp/server_context.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

struct BearerTokenOptions {
  // --token-file: one token a line; empty lines and those that begin with # do not count. Empty: every call
  // is admitted.
  std::string file;
  // --allow-plain-text-tokens: whoever can read the network's traffic can read tokens without TLS, so they
  // are refused there unless something else, such as a mesh, encrypts.
  bool allow_plain_text = false;
};

// The tokens that callers may show as the metadata "authorization: Bearer TOKEN". A token has 16 to 4096
// letters, digits and characters of -._~+/= and a file has at most 1000 tokens. Only their hashes are kept,
// and no token is ever logged or put into a message.
//
// Thread-safe, but for Reload: one thread at a time.
class BearerTokens {
 public:
  // `encrypted`: whether the server uses TLS. Errors name the flag, the file and the line.
  static absl::StatusOr<std::unique_ptr<BearerTokens>> Load(const BearerTokenOptions& options,
                                                            bool encrypted);

  // OK, or UNAUTHENTICATED. Takes as long for a wrong token as for any other wrong one.
  absl::Status Check(const grpc::ServerContextBase& context) const;

  // Takes the file's tokens if it has changed and is good; one without tokens is not. Otherwise the old
  // tokens stay, and the reason is logged, once for as long as it is the same. To be called every few
  // seconds, from a thread that may wait for the disk.
  void Reload();

 private:
  using Hash = std::array<unsigned char, 32>;  // SHA-256

  explicit BearerTokens(const BearerTokenOptions& options) : options_(options) {}

  static absl::StatusOr<std::vector<Hash>> Read(const std::string& path);
  static Hash HashOf(const std::string& token);

  const BearerTokenOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<Hash>> hashes_;  // guarded by mutex_; absent: every call is admitted
  std::string last_problem_;                         // of Reload
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_BEARER_TOKENS_H_
