#include "core/checkpoint/config_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <system_error>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

using nlohmann::json;

constexpr size_t kMaxConfigBytes = 1 << 20;
constexpr size_t kMaxConfigFiles = 100;
constexpr int64_t kMaxInteger = 1 << 30;  // no dimension of a model comes near
constexpr size_t kMaxIntegers = 16;       // of a list

std::optional<json> ReadObject(const std::string& path) {
  const absl::StatusOr<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
  if (!file.ok() || (*file)->bytes().size() > kMaxConfigBytes) return std::nullopt;
  const std::string_view bytes = (*file)->bytes();
  json parsed = json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

bool IsPositive(const json& value) {
  return value.is_number_integer() && value.get<int64_t>() > 0 && value.get<int64_t>() <= kMaxInteger;
}

// A value for a message; nested ones could be long, and are named instead.
std::string Shown(const json& value) {
  if (value.is_structured()) return Concat("an ", value.type_name());
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
}

}  // namespace

ConfigFiles ReadConfigFiles(const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".json" && paths.size() < kMaxConfigFiles)
      paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());

  ConfigFiles files;
  for (const std::string& path : paths) {
    std::optional<json> object = ReadObject(path);
    if (!object) continue;
    std::vector<ConfigFile>* kind = object->contains("model_cfg")    ? &files.open_clip
                                    : object->contains("weight_map") ? &files.index
                                    : object->contains("image_mean") && object->contains("image_std")
                                        ? &files.preprocessor
                                    : object->contains("model_type") ? &files.hugging_face
                                                                     : nullptr;
    if (kind != nullptr) kind->push_back({path, *std::move(object)});
  }
  return files;
}

absl::StatusOr<const ConfigFile*> OnlyConfig(const std::vector<ConfigFile>& files,
                                             std::string_view expected) {
  if (files.empty()) return Invalid("expected ", expected, " beside the weights, found none");
  if (files.size() > 1) {
    return Invalid("expected one ", expected, " beside the weights, found ", files[0].path, " and ",
                   files[1].path);
  }
  return &files.front();
}

ConfigSection::ConfigSection(std::string name, const json& object, absl::Status& problem)
    : name_(std::move(name)), object_(&object), problem_(&problem) {}

ConfigSection ConfigSection::Section(const std::string& key) const {
  static const json& empty = *new json(json::object());
  const json* value = Find(key);
  if (value != nullptr && !value->is_object()) {
    Expected(key, "an object");
    value = nullptr;
  }
  return ConfigSection(Concat(name_, ".", key), value == nullptr ? empty : *value, *problem_);
}

int64_t ConfigSection::Positive(const std::string& key, int64_t fallback) const {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (IsPositive(*value)) return value->get<int64_t>();
  Expected(key, "a positive integer");
  return fallback;
}

double ConfigSection::Number(const std::string& key, double fallback) const {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (value->is_number()) return value->get<double>();
  Expected(key, "a number");
  return fallback;
}

bool ConfigSection::Flag(const std::string& key, bool fallback) const {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  Expected(key, "true or false");
  return fallback;
}

std::string ConfigSection::Text(const std::string& key, const std::string& fallback) const {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->get<std::string>();
  Expected(key, "a string");
  return fallback;
}

std::pair<int64_t, int64_t> ConfigSection::Size(const std::string& key, int64_t fallback) const {
  const json* value = Find(key);
  if (value == nullptr || !value->is_array()) {
    const int64_t side = Positive(key, fallback);
    return {side, side};
  }
  if (value->size() == 2 && IsPositive((*value)[0]) && IsPositive((*value)[1])) {
    return {(*value)[0].get<int64_t>(), (*value)[1].get<int64_t>()};
  }
  Expected(key, "a number of pixels or [height, width]");
  return {fallback, fallback};
}

void ConfigSection::Triple(const std::string& key, std::array<double, 3>& values) const {
  const json* value = Find(key);
  if (value == nullptr) return;
  const auto is_number = [](const json& number) { return number.is_number(); };
  if (!value->is_array() || value->size() != 3 || !std::all_of(value->begin(), value->end(), is_number)) {
    return Expected(key, "three numbers");
  }
  for (size_t i = 0; i < 3; ++i) values[i] = (*value)[i].get<double>();
}

std::vector<int64_t> ConfigSection::Positives(const std::string& key, std::vector<int64_t> fallback) const {
  const json* value = Find(key);
  if (value == nullptr) return fallback;
  if (value->is_array() && value->size() <= kMaxIntegers &&
      std::all_of(value->begin(), value->end(), IsPositive)) {
    return value->get<std::vector<int64_t>>();
  }
  Expected(key, "a list of positive integers");
  return fallback;
}

void ConfigSection::MustBe(const std::string& key, int64_t fallback, int64_t by_tensors) const {
  const int64_t value = Positive(key, fallback);
  if (value == by_tensors) return;
  Refuse(Invalid(name_, ".", key, " is ", Find(key) == nullptr ? "absent, which means " : "", value,
                 ", but the tensors say ", by_tensors));
}

void ConfigSection::AllowOnly(const std::vector<KnownKey>& keys) const {
  for (const auto& [key, value] : object_->items()) {
    const auto known =
        std::find_if(keys.begin(), keys.end(), [&](const KnownKey& k) { return k.name == key; });
    if (known == keys.end()) return Refuse(Unsupported(name_, ".", key, " is not known to this program"));
    if (known->neutral && !value.is_null() && value != *known->neutral) {
      return Refuse(Unsupported(name_, ".", key, " is ", Shown(value), "; only ", Shown(*known->neutral),
                                " is supported"));
    }
  }
}

void ConfigSection::Refuse(const absl::Status& status) const {
  if (problem_->ok()) *problem_ = status;
}

const json* ConfigSection::Find(const std::string& key) const {
  const auto found = object_->find(key);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

void ConfigSection::Expected(const std::string& key, std::string_view what) const {
  Refuse(Invalid(name_, ".", key, " is ", Shown(*Find(key)), ", expected ", what));
}

}  // namespace pixelclip
