#include "trainer/run/setting_table.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace pixelclip {
namespace {

absl::Status Wrong(const std::string& origin, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(origin, ": ", problem));
}

// The shortest decimal that reads back as the same double.
std::string RealText(double value) {
  for (int digits = 6; digits < 17; ++digits) {
    const std::string text = absl::StrFormat("%.*g", digits, value);
    double read = 0;
    if (absl::SimpleAtod(text, &read) && read == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

std::string Quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << text;
  return emitter.c_str();
}

std::string ListOf(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(Quoted(text));
  return absl::StrCat("[", absl::StrJoin(quoted, ", "), "]");
}

template <typename Integer>
std::optional<Integer> ReadInteger(const std::string& text, Integer least, Integer most) {
  Integer value{};
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed_to != end || value < least || value > most) return std::nullopt;
  return value;
}

std::string SectionOf(const std::string& key) { return key.substr(0, key.find('.')); }
std::string LastPartOf(const std::string& key) { return key.substr(key.find('.') + 1); }

std::string OriginOf(const std::string& file_name, const YAML::Mark& mark) {
  return mark.is_null() ? file_name : absl::StrCat(file_name, ":", mark.line + 1);
}

}  // namespace

void SettingTable::AddScalar(std::string key, std::string meaning, std::string allowed, OnResume on_resume,
                             std::function<bool(const std::string& text)> set,
                             std::function<std::string()> get) {
  const auto set_scalar = [set = std::move(set)](const Value& value) {
    return !value.is_list && set(value.texts.front());
  };
  Add({std::move(key), std::move(meaning), std::move(allowed), on_resume, set_scalar, std::move(get)});
}

template <typename Integer>
void SettingTable::AddInteger(std::string key, Integer& variable, Integer least, Integer most,
                              std::string meaning, OnResume on_resume) {
  AddScalar(
      std::move(key), std::move(meaning), absl::StrCat("an integer from ", least, " to ", most), on_resume,
      [&variable, least, most](const std::string& text) {
        const std::optional<Integer> value = ReadInteger(text, least, most);
        if (value) variable = *value;
        return value.has_value();
      },
      [&variable] { return absl::StrCat(variable); });
}

template void SettingTable::AddInteger(std::string, int&, int, int, std::string, OnResume);
template void SettingTable::AddInteger(std::string, int64_t&, int64_t, int64_t, std::string, OnResume);
template void SettingTable::AddInteger(std::string, uint64_t&, uint64_t, uint64_t, std::string, OnResume);

void SettingTable::AddReal(std::string key, double& variable, double least, double most, std::string meaning,
                           OnResume on_resume) {
  AddScalar(
      std::move(key), std::move(meaning),
      absl::StrCat("a number from ", RealText(least), " to ", RealText(most)), on_resume,
      [&variable, least, most](const std::string& text) {
        double value = 0;
        if (!absl::SimpleAtod(text, &value) || !(value >= least && value <= most)) return false;
        variable = value;
        return true;
      },
      [&variable] { return RealText(variable); });
}

void SettingTable::AddFlag(std::string key, bool& variable, std::string meaning, OnResume on_resume) {
  AddChoice<bool>(std::move(key), variable, {{"true", true}, {"false", false}}, std::move(meaning),
                  on_resume);
}

void SettingTable::AddText(std::string key, std::string& variable, std::string meaning, OnResume on_resume) {
  AddScalar(
      std::move(key), std::move(meaning), "a text", on_resume,
      [&variable](const std::string& text) {
        variable = text;
        return true;
      },
      [&variable] { return Quoted(variable); });
}

void SettingTable::AddTexts(std::string key, std::vector<std::string>& variable, std::string meaning) {
  const auto set = [&variable](const Value& value) {
    if (value.is_list) variable = value.texts;
    return value.is_list;
  };
  Add({std::move(key), std::move(meaning), "a list of texts", OnResume::kMustEqual, set,
       [&variable] { return ListOf(variable); }});
}

void SettingTable::AddIntegers(std::string key, std::vector<uint32_t>& variable, uint32_t least,
                               uint32_t most, std::string meaning) {
  const auto set = [&variable, least, most](const Value& value) {
    std::vector<uint32_t> integers;
    for (const std::string& text : value.texts) {
      const std::optional<uint32_t> integer = ReadInteger(text, least, most);
      if (!integer) return false;
      integers.push_back(*integer);
    }
    if (value.is_list) variable = integers;
    return value.is_list;
  };
  Add({std::move(key), std::move(meaning), absl::StrCat("a list of integers from ", least, " to ", most),
       OnResume::kMustEqual, set,
       [&variable] { return absl::StrCat("[", absl::StrJoin(variable, ", "), "]"); }});
}

void SettingTable::AddOptionalTexts(std::string key, std::optional<std::vector<std::string>>& variable,
                                    std::string absence, std::string meaning) {
  std::string allowed = absl::StrCat("a list of texts, or ", absence);
  const auto set = [&variable, absence](const Value& value) {
    if (!value.is_list && value.texts.front() != absence) return false;
    variable.reset();
    if (value.is_list) variable = value.texts;
    return true;
  };
  Add({std::move(key), std::move(meaning), std::move(allowed), OnResume::kMustEqual, set,
       [&variable, absence] { return variable ? ListOf(*variable) : absence; }});
}

std::optional<SettingTable::Value> SettingTable::ValueOf(const YAML::Node& node) {
  if (node.IsNull()) return Value{false, {""}};
  if (node.IsScalar()) return Value{false, {node.Scalar()}};
  if (!node.IsSequence()) return std::nullopt;
  Value list{true, {}};
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return std::nullopt;
    list.texts.push_back(item.Scalar());
  }
  return list;
}

absl::StatusOr<const SettingTable::Setting*> SettingTable::Find(const std::string& origin,
                                                                const std::string& key) const {
  std::vector<std::string> keys, sections;
  for (const Setting& setting : settings_) {
    if (setting.key == key) return &setting;
    const std::string section = SectionOf(setting.key);
    if (section == SectionOf(key)) keys.push_back(LastPartOf(setting.key));
    if (sections.empty() || sections.back() != section) sections.push_back(section);
  }
  if (keys.empty()) {
    return Wrong(origin, absl::StrCat("unknown section ", SectionOf(key), "; there are ",
                                      absl::StrJoin(sections, ", ")));
  }
  return Wrong(origin,
               absl::StrCat("unknown key ", key, "; ", SectionOf(key), " has ", absl::StrJoin(keys, ", ")));
}

absl::Status SettingTable::SetOne(const std::string& origin, const Setting& setting, const YAML::Node& node) {
  const std::optional<Value> value = ValueOf(node);
  if (value && setting.set(*value)) return absl::OkStatus();
  std::string found = "a section";
  if (value) found = value->is_list ? ListOf(value->texts) : Quoted(value->texts.front());
  return Wrong(origin, absl::StrCat(setting.key, " is ", found, "; it must be ", setting.allowed));
}

absl::Status SettingTable::Read(const std::string& yaml, const std::string& file_name) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (root.IsNull()) return absl::OkStatus();
    if (!root.IsMap()) return Wrong(file_name, "expected sections with keys");
    std::set<std::string> seen;
    for (const auto& entry : root) {
      const YAML::Node& section_node = entry.first;
      const YAML::Node& keys = entry.second;
      const std::string origin = OriginOf(file_name, section_node.Mark());
      if (!section_node.IsScalar()) return Wrong(origin, "the name of a section is a list or a section");
      const std::string& section = section_node.Scalar();
      if (!seen.insert(section).second)
        return Wrong(origin, absl::StrCat("section ", section, " comes twice"));
      if (keys.IsNull()) continue;
      if (!keys.IsMap()) return Wrong(origin, absl::StrCat(section, " must be a section with keys"));
      for (const auto& setting_entry : keys) {
        const YAML::Node& key_node = setting_entry.first;
        const std::string at = OriginOf(file_name, key_node.Mark());
        if (!key_node.IsScalar()) return Wrong(at, absl::StrCat("a key of ", section, " is no text"));
        const std::string key = absl::StrCat(section, ".", key_node.Scalar());
        if (!seen.insert(key).second) return Wrong(at, absl::StrCat(key, " comes twice"));
        const absl::StatusOr<const Setting*> setting = Find(at, key);
        if (!setting.ok()) return setting.status();
        if (absl::Status status = SetOne(at, **setting, setting_entry.second); !status.ok()) return status;
      }
    }
  } catch (const YAML::Exception& error) {
    return Wrong(OriginOf(file_name, error.mark), error.msg);
  }
  return absl::OkStatus();
}

absl::Status SettingTable::Set(const std::string& assignment) {
  const std::string origin = absl::StrCat("--set ", assignment);
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos) return Wrong(origin, "expected section.key=value");
  const absl::StatusOr<const Setting*> setting = Find(origin, assignment.substr(0, equals));
  if (!setting.ok()) return setting.status();
  const std::string text = assignment.substr(equals + 1);
  // Only a list needs YAML: a path may hold anything.
  if (text.empty() || text.front() != '[') return SetOne(origin, **setting, YAML::Node(text));
  try {
    return SetOne(origin, **setting, YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Wrong(origin, error.msg);
  }
}

std::string SettingTable::ToYaml() const {
  std::string yaml, section;
  for (const Setting& setting : settings_) {
    if (SectionOf(setting.key) != section) {
      absl::StrAppend(&yaml, section.empty() ? "" : "\n", SectionOf(setting.key), ":\n");
      section = SectionOf(setting.key);
    }
    absl::StrAppend(&yaml, "  ", LastPartOf(setting.key), ": ", setting.get(), "  # ", setting.meaning, "\n");
  }
  return yaml;
}

std::map<std::string, std::string> SettingTable::Identity() const {
  std::map<std::string, std::string> identity;
  for (const Setting& setting : settings_) {
    if (setting.on_resume == OnResume::kMustEqual) identity[setting.key] = setting.get();
  }
  return identity;
}

}  // namespace pixelclip
