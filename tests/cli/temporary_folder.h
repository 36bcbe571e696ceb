#ifndef PIXELCLIP_TESTS_CLI_TEMPORARY_FOLDER_H_
#define PIXELCLIP_TESTS_CLI_TEMPORARY_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace pixelclip {

// A folder of its own for each test, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::testing::TempDir() + "pixelclip-XXXXXX") { mkdtemp(path_.data()); }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(*this / name, std::ios::binary) << content;
    return *this / name;
  }

  std::string Read(const std::string& name) const {
    std::ostringstream content;
    content << std::ifstream(*this / name, std::ios::binary).rdbuf();
    return content.str();
  }

  bool Has(const std::string& name) const { return std::filesystem::exists(*this / name); }

  int CountFiles() const {
    const std::filesystem::directory_iterator files(path_);
    return static_cast<int>(std::distance(begin(files), end(files)));
  }

 private:
  std::string path_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TESTS_CLI_TEMPORARY_FOLDER_H_
