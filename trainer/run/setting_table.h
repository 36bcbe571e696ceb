#ifndef PIXELCLIP_TRAINER_RUN_SETTING_TABLE_H_
#define PIXELCLIP_TRAINER_RUN_SETTING_TABLE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace YAML {
class Node;
}

namespace pixelclip {

// Whether a run that is continued with another value is still the same run.
enum class OnResume { kMustEqual, kMayDiffer };

// The keys of a settings file, "section.key" each, and the variables that they set. Keys are declared first,
// in the order in which they are written; the variables must outlive the table. For one thread.
class SettingTable {
 public:
  // Each declares a key with its meaning, in a few words. A variable's value at Read is the default.

  // INTEGER is int, int64_t or uint64_t.
  template <typename Integer>
  void AddInteger(std::string key, Integer& variable, Integer least, Integer most, std::string meaning,
                  OnResume on_resume = OnResume::kMustEqual);
  void AddReal(std::string key, double& variable, double least, double most, std::string meaning,
               OnResume on_resume = OnResume::kMustEqual);
  void AddFlag(std::string key, bool& variable, std::string meaning,
               OnResume on_resume = OnResume::kMustEqual);
  void AddText(std::string key, std::string& variable, std::string meaning,
               OnResume on_resume = OnResume::kMustEqual);

  // One of several names for the values of an enumeration.
  template <typename Enum>
  void AddChoice(std::string key, Enum& variable, std::vector<std::pair<std::string, Enum>> names,
                 std::string meaning, OnResume on_resume = OnResume::kMustEqual) {
    std::string allowed;
    for (const auto& name : names) allowed += (allowed.empty() ? "one of " : ", ") + name.first;
    const auto set = [&variable, names](const std::string& text) {
      for (const auto& [name, value] : names) {
        if (name != text) continue;
        variable = value;
        return true;
      }
      return false;
    };
    const auto get = [&variable, names] {
      for (const auto& [name, value] : names) {
        if (value == variable) return name;
      }
      return std::string();
    };
    AddScalar(std::move(key), std::move(meaning), std::move(allowed), on_resume, set, get);
  }

  // A list of texts, or of integers from `least` to `most`.
  void AddTexts(std::string key, std::vector<std::string>& variable, std::string meaning);
  void AddIntegers(std::string key, std::vector<uint32_t>& variable, uint32_t least, uint32_t most,
                   std::string meaning);

  // A list of texts, or the word `absence` where there is none.
  void AddOptionalTexts(std::string key, std::optional<std::vector<std::string>>& variable,
                        std::string absence, std::string meaning);

  // Sets what a YAML file of sections names; everything else stays as it is. INVALID_ARGUMENT with file,
  // line, key, what is allowed and what was found: for a value of the wrong type or out of its limits, an
  // unknown key, a key that comes twice, and text that is not YAML.
  absl::Status Read(const std::string& yaml, const std::string& file_name);

  // Sets one key from "section.key=value", the value as a file would have it. Errors as above.
  absl::Status Set(const std::string& assignment);

  // All settings as a file that Read takes, each with its meaning.
  std::string ToYaml() const;

  // The keys that must not change when a run is continued, and their values as text.
  std::map<std::string, std::string> Identity() const;

 private:
  // What YAML gives: a scalar's text, or the texts of a list of scalars.
  struct Value {
    bool is_list = false;
    std::vector<std::string> texts;
  };

  struct Setting {
    std::string key;
    std::string meaning;
    std::string allowed;  // "an integer from 1 to 10"
    OnResume on_resume;
    std::function<bool(const Value& value)> set;  // false, and nothing set, if that is not allowed
    std::function<std::string()> get;             // as YAML
  };

  static std::optional<Value> ValueOf(const YAML::Node& node);

  void Add(Setting setting) { settings_.push_back(std::move(setting)); }

  // A setting of one text.
  void AddScalar(std::string key, std::string meaning, std::string allowed, OnResume on_resume,
                 std::function<bool(const std::string& text)> set, std::function<std::string()> get);

  // The key's setting, or what there is instead.
  absl::StatusOr<const Setting*> Find(const std::string& origin, const std::string& key) const;
  static absl::Status SetOne(const std::string& origin, const Setting& setting, const YAML::Node& node);

  std::vector<Setting> settings_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_RUN_SETTING_TABLE_H_
