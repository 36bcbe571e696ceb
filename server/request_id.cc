#include "server/request_id.h"

#include <algorithm>
#include <random>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxLength = 64;

bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string RequestId(const grpc::ServerContextBase& context) {
  const auto& metadata = context.client_metadata();
  const auto sent = metadata.find("x-request-id");
  if (sent != metadata.end()) {
    const std::string_view id(sent->second.data(), sent->second.size());
    if (!id.empty() && id.size() <= kMaxLength && std::all_of(id.begin(), id.end(), IsPlain))
      return std::string(id);
  }
  thread_local std::mt19937_64 random{std::random_device{}()};
  return absl::StrFormat("%016x", random());
}

}  // namespace pixelclip
