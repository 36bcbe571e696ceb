#include "trainer/masks/sa1b.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "core/checkpoint/problem.h"
#include "core/image/picture_extension.h"
#include "trainer/masks/annotation_file.h"
#include "trainer/masks/picture_files.h"
#include "trainer/masks/tar_archive.h"

namespace pixelclip {
namespace {

constexpr int64_t kMaxJsonBytes = int64_t{64} << 20;
// Walking an archive's headers is mostly waiting for the disk or the network.
constexpr size_t kMaxWalks = 16;

constexpr char kNoJson[] = "no JSON file with masks has its stem, or several have";

bool IsJson(std::string_view name) { return name.size() > 5 && name.substr(name.size() - 5) == ".json"; }

std::string_view FileNameOf(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

// Finds the JSON file of each picture among the names of one folder or archive: the one beside it, else the
// only one of its stem.
class JsonFinder {
 public:
  static constexpr int kNone = -1;

  void Add(std::string_view name, int index) {
    const std::string_view stem = StemOf(name);
    by_path_[stem] = index;
    const auto [entry, is_new] = by_stem_.emplace(FileNameOf(stem), index);
    if (!is_new) entry->second = kNone;
  }

  int Find(std::string_view picture) const {
    const std::string_view stem = StemOf(picture);
    if (const auto beside = by_path_.find(stem); beside != by_path_.end()) return beside->second;
    const auto anywhere = by_stem_.find(FileNameOf(stem));
    return anywhere == by_stem_.end() ? kNone : anywhere->second;
  }

 private:
  std::unordered_map<std::string_view, int> by_path_;
  std::unordered_map<std::string_view, int> by_stem_;
};

absl::StatusOr<std::unique_ptr<const PictureMasks>> MasksFromJson(std::string_view json, const Image& image) {
  if (static_cast<int64_t>(json.size()) > kMaxJsonBytes) {
    return Invalid(json.size(), " bytes; at most ", kMaxJsonBytes, " are allowed");
  }
  absl::StatusOr<AnnotationFile> file = ParseAnnotations(json);
  if (!file.ok()) return file.status();
  std::vector<StoredMask> masks;
  for (AnnotationFile::Annotation& annotation : file->annotations) {
    if (!annotation.is_crowd) masks.push_back(std::move(annotation.segmentation));
  }
  return DecodeMasks(masks, 0, 0, image.width, image.height);
}

absl::StatusOr<MaskedPicture> MakePicture(std::string name, const absl::StatusOr<std::string>& picture,
                                          const std::string& json_name,
                                          const absl::StatusOr<std::string>& json) {
  if (!picture.ok()) return picture.status();
  if (!json.ok()) return json.status();
  absl::StatusOr<Image> image = DecodePicture(*picture, name);
  if (!image.ok()) return image.status();
  absl::StatusOr<std::unique_ptr<const PictureMasks>> masks = MasksFromJson(*json, *image);
  if (!masks.ok()) return Prefixed(json_name, masks.status());
  return MaskedPicture{std::move(name), *std::move(image), *std::move(masks)};
}

class Sa1bFolder : public MaskSource {
 public:
  Sa1bFolder(std::string folder, std::vector<std::string> files)
      : folder_(std::move(folder)), files_(std::move(files)) {
    JsonFinder jsons;
    for (size_t i = 0; i < files_.size(); ++i) {
      if (IsJson(files_[i])) jsons.Add(files_[i], static_cast<int>(i));
    }
    for (size_t i = 0; i < files_.size(); ++i) {
      if (HasPictureExtension(files_[i])) pairs_.emplace_back(static_cast<int>(i), jsons.Find(files_[i]));
    }
  }

  size_t size() const override { return pairs_.size(); }
  std::string name(size_t index) const override { return Path(pairs_[index].first); }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    const auto [picture, json] = pairs_[index];
    if (json == JsonFinder::kNone) return absl::NotFoundError(Concat(name(index), ": ", kNoJson));
    return MakePicture(name(index), ReadFileBytes(Path(picture)), Path(json),
                       ReadFileBytes(Path(json), kMaxJsonBytes));
  }

 private:
  std::string Path(int file) const { return folder_ + "/" + files_[file]; }

  const std::string folder_;
  const std::vector<std::string> files_;
  std::vector<std::pair<int, int>> pairs_;  // picture and JSON in files_
};

class Sa1bTars : public MaskSource {
 public:
  explicit Sa1bTars(std::vector<TarArchive> archives) : archives_(std::move(archives)) {
    for (size_t a = 0; a < archives_.size(); ++a) {
      const std::vector<TarArchive::Member>& members = archives_[a].members();
      JsonFinder jsons;
      for (size_t i = 0; i < members.size(); ++i) {
        if (IsJson(members[i].name)) jsons.Add(members[i].name, static_cast<int>(i));
      }
      for (size_t i = 0; i < members.size(); ++i) {
        if (!HasPictureExtension(members[i].name)) continue;
        entries_.push_back({static_cast<int>(a), static_cast<int>(i), jsons.Find(members[i].name)});
      }
      for (size_t i = 0; i < archives_[a].damage().size(); ++i) {
        entries_.push_back({static_cast<int>(a), kDamage, static_cast<int>(i)});
      }
    }
  }

  size_t size() const override { return entries_.size(); }

  std::string name(size_t index) const override {
    const Entry& entry = entries_[index];
    if (entry.picture == kDamage) return Concat(archives_[entry.archive].path(), ": damage ", entry.json);
    return MemberName(entry.archive, entry.picture);
  }

  absl::StatusOr<MaskedPicture> Read(size_t index) const override {
    const Entry& entry = entries_[index];
    const TarArchive& archive = archives_[entry.archive];
    if (entry.picture == kDamage) return archive.damage()[entry.json];
    if (entry.json == JsonFinder::kNone) return absl::NotFoundError(Concat(name(index), ": ", kNoJson));
    return MakePicture(name(index), archive.Read(entry.picture), MemberName(entry.archive, entry.json),
                       archive.Read(entry.json));
  }

 private:
  static constexpr int kDamage = -1;

  struct Entry {
    int archive = 0;
    int picture = 0;  // a member, or kDamage
    int json = 0;     // a member, JsonFinder::kNone, or which damage
  };

  std::string MemberName(int archive, int member) const {
    return Concat(archives_[archive].path(), ": ", archives_[archive].members()[member].name);
  }

  const std::vector<TarArchive> archives_;
  std::vector<Entry> entries_;
};

// The archives themselves and those in the folders among `paths`, in the order of their paths, each once.
absl::StatusOr<std::vector<std::string>> FindTars(const std::vector<std::string>& paths) {
  std::vector<std::string> tars;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      tars.push_back(path);
      continue;
    }
    const absl::StatusOr<std::vector<std::string>> files = ListFiles(path);
    if (!files.ok()) return files.status();
    const size_t before = tars.size();
    for (const std::string& file : *files) {
      if (file.size() > 4 && file.substr(file.size() - 4) == ".tar") tars.push_back(path + "/" + file);
    }
    if (tars.size() == before) return absl::NotFoundError(Concat(path, ": no *.tar in this folder"));
  }
  std::sort(tars.begin(), tars.end());
  tars.erase(std::unique(tars.begin(), tars.end()), tars.end());
  return tars;
}

absl::StatusOr<std::vector<TarArchive>> OpenAll(const std::vector<std::string>& tars) {
  std::vector<std::optional<absl::StatusOr<TarArchive>>> opened(tars.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < tars.size(); i = next++) opened[i] = TarArchive::Open(tars[i]);
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < std::min(kMaxWalks, tars.size()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();

  std::vector<TarArchive> archives;
  for (std::optional<absl::StatusOr<TarArchive>>& archive : opened) {
    if (!archive->ok()) return archive->status();
    archives.push_back(**std::move(archive));
  }
  return archives;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MaskSource>> OpenSa1bFolder(const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> files = ListFiles(folder);
  if (!files.ok()) return files.status();
  auto source = std::make_unique<Sa1bFolder>(folder, *std::move(files));
  if (source->size() == 0) return absl::NotFoundError(Concat(folder, ": no pictures in this folder"));
  return source;
}

absl::StatusOr<std::unique_ptr<MaskSource>> OpenSa1bTars(const std::vector<std::string>& paths) {
  const absl::StatusOr<std::vector<std::string>> tars = FindTars(paths);
  if (!tars.ok()) return tars.status();
  absl::StatusOr<std::vector<TarArchive>> archives = OpenAll(*tars);
  if (!archives.ok()) return archives.status();
  auto source = std::make_unique<Sa1bTars>(*std::move(archives));
  if (source->size() == 0) return absl::NotFoundError("no pictures in these tar archives");
  return source;
}

}  // namespace pixelclip
