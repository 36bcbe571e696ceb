#include "server/bearer_tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/log.h"
#include "server/read_small_file.h"

namespace pixelclip {
namespace {

constexpr size_t kMinTokenLength = 16;  // shorter ones can be guessed
constexpr size_t kMaxTokenLength = 4096;
constexpr size_t kMaxTokens = 1000;

// RFC 6750's b64token, but for where "=" may be.
bool IsTokenCharacter(unsigned char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._~+/=", c); }

}  // namespace

BearerTokens::Hash BearerTokens::HashOf(const std::string& token) {
  Hash hash;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  return hash;
}

absl::StatusOr<std::vector<BearerTokens::Hash>> BearerTokens::Read(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadSmallFile(path);
  if (!content.ok()) {
    return absl::Status(content.status().code(), absl::StrCat("--token-file: ", content.status().message()));
  }
  std::vector<Hash> hashes;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(*content, '\n')) {
    ++line_number;
    const absl::string_view token = absl::StripAsciiWhitespace(line);
    if (token.empty() || token.front() == '#') continue;
    const auto bad = [&](const std::string& problem) {
      return absl::InvalidArgumentError(
          absl::StrCat("--token-file: ", path, ": line ", line_number, ": ", problem));
    };
    if (!std::all_of(token.begin(), token.end(), IsTokenCharacter)) {
      return bad("a token may only have letters, digits and -._~+/=");
    }
    if (token.size() < kMinTokenLength || token.size() > kMaxTokenLength) {
      return bad(absl::StrCat("a token has ", kMinTokenLength, " to ", kMaxTokenLength, " characters, not ",
                              token.size()));
    }
    if (hashes.size() == kMaxTokens) return bad(absl::StrCat("more than ", kMaxTokens, " tokens"));
    hashes.push_back(HashOf(std::string(token)));
  }
  if (hashes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("--token-file: ", path, ": holds no token"));
  }
  return hashes;
}

absl::StatusOr<std::unique_ptr<BearerTokens>> BearerTokens::Load(const BearerTokenOptions& options,
                                                                 bool encrypted) {
  std::unique_ptr<BearerTokens> tokens(new BearerTokens(options));
  if (options.file.empty()) return tokens;
  if (!encrypted && !options.allow_plain_text) {
    return absl::InvalidArgumentError(
        "--token-file: without TLS (--tls-cert, --tls-key), tokens would travel in plain text; "
        "if something else encrypts, such as a mesh, say --allow-plain-text-tokens");
  }
  absl::StatusOr<std::vector<Hash>> hashes = Read(options.file);
  if (!hashes.ok()) return hashes.status();
  tokens->hashes_ = std::make_shared<const std::vector<Hash>>(*std::move(hashes));
  return tokens;
}

absl::Status BearerTokens::Check(const grpc::ServerContextBase& context) const {
  std::shared_ptr<const std::vector<Hash>> hashes;
  {
    const std::lock_guard lock(mutex_);
    hashes = hashes_;
  }
  if (hashes == nullptr) return absl::OkStatus();

  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last) {
    return absl::UnauthenticatedError(
        "this server wants a token: the metadata \"authorization: Bearer TOKEN\"");
  }
  if (std::next(first) != last) return absl::UnauthenticatedError("more than one authorization metadata");
  const absl::string_view value(first->second.data(), first->second.size());
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return absl::UnauthenticatedError("the authorization metadata is not \"Bearer TOKEN\"");
  }
  const Hash shown = HashOf(std::string(absl::StripAsciiWhitespace(value.substr(kScheme.size()))));
  bool known = false;
  for (const Hash& hash : *hashes) known |= CRYPTO_memcmp(hash.data(), shown.data(), hash.size()) == 0;
  return known ? absl::OkStatus() : absl::UnauthenticatedError("the token is not one of this server's");
}

void BearerTokens::Reload() {
  if (options_.file.empty()) return;
  absl::StatusOr<std::vector<Hash>> hashes = Read(options_.file);
  if (!hashes.ok()) {
    if (last_problem_ == hashes.status().message()) return;
    last_problem_ = std::string(hashes.status().message());
    Log(LogLevel::kError, "tokens not reloaded", {{"problem", last_problem_}});
    return;
  }
  last_problem_.clear();
  if (*hashes == *hashes_) return;
  Log(LogLevel::kInfo, "tokens reloaded", {{"file", options_.file}, {"tokens", hashes->size()}});
  auto replacement = std::make_shared<const std::vector<Hash>>(*std::move(hashes));
  const std::lock_guard lock(mutex_);
  hashes_ = std::move(replacement);
}

}  // namespace pixelclip
