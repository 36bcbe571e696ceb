#include "core/checkpoint/safetensors_header.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

constexpr size_t kMaxTensors = 100'000;
constexpr size_t kMaxRank = 16;
constexpr char kMetadata[] = "__metadata__";

// Receives the parser's events. A document tree would let a hostile header of nested brackets take fifty
// times its own size, and would lose duplicate keys.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader TakeHeader() { return std::move(header_); }
  const std::string& problem() const { return problem_; }

  bool key(std::string& name) override { return depth_ == 1 ? StartEntry(name) : StartField(name); }

  bool start_object(size_t) override {
    if (depth_ == 2 || numbers_) return Refuse("an object where none belongs");
    ++depth_;
    return true;
  }

  bool end_object() override {
    if (--depth_ == 0 || in_metadata_) return true;
    if (seen_ != kAllFields) return Refuse("dtype, shape or data_offsets is missing");
    header_.entries.push_back(std::move(entry_));
    return true;
  }

  bool start_array(size_t) override {
    if (depth_ != 2 || in_metadata_ || numbers_ || field_ == kDType)
      return Refuse("an array where none belongs");
    numbers_.emplace();
    return true;
  }

  bool end_array() override {
    if (field_ == kShape) {
      entry_.shape = *std::move(numbers_);
    } else if (numbers_->size() == 2) {
      entry_.begin = (*numbers_)[0];
      entry_.end = (*numbers_)[1];
    } else {
      return Refuse("data_offsets needs two numbers");
    }
    numbers_.reset();
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ != 2 || numbers_ || (!in_metadata_ && field_ != kDType))
      return Refuse("a string where none belongs");
    if (in_metadata_) {
      header_.metadata[metadata_key_] = std::move(value);
    } else {
      entry_.dtype = std::move(value);
    }
    return true;
  }

  bool number_unsigned(uint64_t value) override {
    if (!numbers_) return Refuse("a number where none belongs");
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return Refuse("a number too large");
    if (numbers_->size() == kMaxRank) return Refuse("more than ", kMaxRank, " dimensions");
    numbers_->push_back(static_cast<int64_t>(value));
    return true;
  }

  bool null() override { return Refuse("null"); }
  bool boolean(bool) override { return Refuse("a boolean"); }
  bool number_integer(int64_t value) override { return Refuse("the negative number ", value); }
  bool number_float(double, const std::string& text) override { return Refuse("the number ", text); }
  bool binary(binary_t&) override { return Refuse("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    return Refuse("not valid JSON at byte ", position);
  }

 private:
  enum Field : unsigned { kDType = 1, kShape = 2, kDataOffsets = 4, kAllFields = 7 };

  template <typename... Words>
  bool Refuse(const Words&... words) {
    problem_ = absl::StrCat(depth_ == 2 ? absl::StrCat("'", current_, "': ") : "", "header: ", words...);
    return false;
  }

  bool StartEntry(std::string& name) {
    if (!names_.insert(name).second) return Refuse("the key '", name, "' twice");
    if (names_.size() > kMaxTensors) return Refuse("more than ", kMaxTensors, " tensors");
    current_ = name;
    in_metadata_ = name == kMetadata;
    entry_ = SafetensorsEntry();
    entry_.name = std::move(name);
    seen_ = 0;
    return true;
  }

  bool StartField(std::string& name) {
    if (in_metadata_) {
      if (header_.metadata.count(name) > 0) return Refuse("the key '", name, "' twice");
      if (header_.metadata.size() == kMaxTensors) return Refuse("more than ", kMaxTensors, " entries");
      metadata_key_ = std::move(name);
      return true;
    }
    if (name == "dtype") {
      field_ = kDType;
    } else if (name == "shape") {
      field_ = kShape;
    } else if (name == "data_offsets") {
      field_ = kDataOffsets;
    } else {
      return Refuse("the unknown field '", name, "'");
    }
    if (seen_ & field_) return Refuse("the field '", name, "' twice");
    seen_ |= field_;
    return true;
  }

  SafetensorsHeader header_;
  std::string problem_;
  int depth_ = 0;                          // of objects: 1 in the header itself, 2 in an entry
  std::unordered_set<std::string> names_;  // keys of depth 1
  std::string current_;                    // the last of them
  bool in_metadata_ = false;
  std::string metadata_key_;
  SafetensorsEntry entry_;
  Field field_ = kDType;
  unsigned seen_ = 0;                            // fields of the entry
  std::optional<std::vector<int64_t>> numbers_;  // of the array that is open, if one is
};

}  // namespace

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(std::string_view json) {
  // The parser would skip white space and a byte-order mark; the format wants the brace first.
  if (json.empty() || json.front() != '{')
    return absl::InvalidArgumentError("the header does not start with '{'");
  HeaderHandler handler;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &handler)) {
    return absl::InvalidArgumentError(handler.problem());
  }
  return handler.TakeHeader();
}

}  // namespace pixelclip
