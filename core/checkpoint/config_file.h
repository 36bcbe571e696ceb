#ifndef PIXELCLIP_CORE_CHECKPOINT_CONFIG_FILE_H_
#define PIXELCLIP_CORE_CHECKPOINT_CONFIG_FILE_H_

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pixelclip {

struct ConfigFile {
  std::string path;
  nlohmann::json json;
};

// The JSON files of a directory, told apart by what is in them.
struct ConfigFiles {
  std::vector<ConfigFile> open_clip;     // with model_cfg
  std::vector<ConfigFile> hugging_face;  // with model_type
  std::vector<ConfigFile> preprocessor;  // with image_mean and image_std
  std::vector<ConfigFile> index;         // with weight_map: the weights are in several files
};

// Reads every *.json of at most 1 MiB. Files that are not JSON objects, or of no kind named above, are passed
// over.
ConfigFiles ReadConfigFiles(const std::string& directory);

// The only file of a kind. INVALID_ARGUMENT for none or for several; `expected` describes the kind.
absl::StatusOr<const ConfigFile*> OnlyConfig(const std::vector<ConfigFile>& files, std::string_view expected);

// One object of a configuration file. Reads typed values, an absent key or null meaning its default, and
// collects the first thing that is wrong, so that a reader can ask for everything and check once. The
// sections of a file share `problem`, which must outlive them.
class ConfigSection {
 public:
  // `name` starts every message: the file, then the keys that lead here.
  ConfigSection(std::string name, const nlohmann::json& object, absl::Status& problem);

  ConfigSection Section(const std::string& key) const;

  int64_t Positive(const std::string& key, int64_t fallback) const;
  double Number(const std::string& key, double fallback) const;
  bool Flag(const std::string& key, bool fallback) const;
  std::string Text(const std::string& key, const std::string& fallback) const;
  // A number or a pair [height, width].
  std::pair<int64_t, int64_t> Size(const std::string& key, int64_t fallback) const;
  void Triple(const std::string& key, std::array<double, 3>& values) const;

  // A list of up to sixteen positive integers.
  std::vector<int64_t> Positives(const std::string& key, std::vector<int64_t> fallback) const;

  // INVALID_ARGUMENT unless the value is what the tensors say.
  void MustBe(const std::string& key, int64_t fallback, int64_t by_tensors) const;

  // A key that may be there: with any value, or only with the one that leaves the computation as it is.
  struct KnownKey {
    std::string_view name;
    std::optional<nlohmann::json> neutral;
  };
  // UNIMPLEMENTED for a known key with another value than its neutral one (null is always neutral), and for
  // keys that are not known.
  void AllowOnly(const std::vector<KnownKey>& keys) const;

  void Refuse(const absl::Status& status) const;
  const std::string& name() const { return name_; }

 private:
  const nlohmann::json* Find(const std::string& key) const;
  void Expected(const std::string& key, std::string_view what) const;

  std::string name_;
  const nlohmann::json* object_;
  absl::Status* problem_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_CONFIG_FILE_H_
