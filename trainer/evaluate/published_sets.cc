#include "trainer/evaluate/published_sets.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/evaluate/context_annotations.h"
#include "trainer/evaluate/file_pairs.h"
#include "trainer/evaluate/label_table.h"

namespace pixelclip {
namespace {

namespace fs = std::filesystem;

constexpr uint16_t kVoid = 255;

// Classes 0, 1, 2 ... are stored as `first`, first + 1 ...
LabelTable Contiguous(uint16_t first, size_t classes) {
  LabelTable table;
  for (size_t k = 0; k < classes; ++k) table.Set(first + k, k);
  table.Ignore(kVoid);
  return table;
}

std::string Join(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

// Takes the files of two folders, every picture with its label file.
absl::Status PairFolders(const std::string& labels_folder, const std::string& pictures_folder, DataSet* set) {
  const auto labels = FindFiles(labels_folder, ".png");
  if (!labels.ok()) return labels.status();
  const auto pictures = FindPictures(pictures_folder);
  if (!pictures.ok()) return pictures.status();
  auto pairs = PairFiles(*labels, *pictures, {}, /*every_picture=*/true);
  if (!pairs.ok()) return pairs.status();
  set->pictures = *std::move(pairs);
  return absl::OkStatus();
}

}  // namespace

absl::Status OpenCocoStuff(DataSet* set) {
  set->class_names = {
#include "trainer/evaluate/names/coco_stuff_171.inc"
  };
  const auto pictures = FindFolder(set->root, {"images/val2017", "val2017"});
  if (!pictures.ok()) return pictures.status();
  const std::string prepared = Join(set->root, "annotations_detectron2/val2017");
  if (IsFolder(prepared)) {
    set->table = Contiguous(0, set->class_names.size());
    return PairFolders(prepared, *pictures, set);
  }
  const auto labels = FindFolder(
      set->root, {"annotations/val2017", "stuffthingmaps/val2017", "stuffthingmaps_trainval2017/val2017"});
  if (!labels.ok()) return labels.status();
  // COCO's identifiers, from 1 to 182, are stored less one; eleven of them were never given to anything.
  constexpr uint16_t kUnused[] = {11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90};
  constexpr uint16_t kLast = 181;
  for (const uint16_t stored : kUnused) set->table.Ignore(stored);
  uint16_t label = 0;
  const uint16_t* unused = kUnused;
  for (uint16_t stored = 0; stored <= kLast; ++stored) {
    if (unused != std::end(kUnused) && *unused == stored) {
      ++unused;
    } else {
      set->table.Set(stored, label++);
    }
  }
  set->table.Ignore(kVoid);
  return PairFolders(*labels, *pictures, set);
}

absl::Status OpenAde20k(DataSet* set) {
  set->class_names = {
#include "trainer/evaluate/names/ade20k_150.inc"
  };
  const auto pictures = FindFolder(set->root, {"images/validation"});
  if (!pictures.ok()) return pictures.status();
  const std::string prepared = Join(set->root, "annotations_detectron2/validation");
  if (IsFolder(prepared)) {
    set->table = Contiguous(0, set->class_names.size());
    return PairFolders(prepared, *pictures, set);
  }
  const auto labels = FindFolder(set->root, {"annotations/validation"});
  if (!labels.ok()) return labels.status();
  set->table = Contiguous(1, set->class_names.size());
  set->table.Ignore(0);
  return PairFolders(*labels, *pictures, set);
}

absl::Status OpenPascalContext(DataSet* set) {
  set->class_names = {
#include "trainer/evaluate/names/pascal_context_59.inc"
  };
  const auto pictures_folder = FindFolder(set->root, {"VOC2010/JPEGImages", "JPEGImages"});
  if (!pictures_folder.ok()) return pictures_folder.status();
  const std::string base = fs::path(*pictures_folder).parent_path().string();
  const auto pictures = FindPictures(*pictures_folder);
  if (!pictures.ok()) return pictures.status();

  FilesByName labels;
  const std::string prepared = Join(base, "annotations_detectron2/pc59_val");
  const std::string converted = Join(base, "SegmentationClassContext");
  if (IsFolder(prepared)) {
    auto files = FindFiles(prepared, ".png");
    if (!files.ok()) return files.status();
    labels = *std::move(files);
    set->table = Contiguous(0, set->class_names.size());
  } else if (IsFolder(converted)) {
    const auto files = FindFiles(converted, ".png");
    if (!files.ok()) return files.status();
    auto listed = KeepListed(*files, Join(base, "ImageSets/SegmentationContext/val.txt"));
    if (!listed.ok()) return listed.status();
    labels = *std::move(listed);
    set->table = Contiguous(1, set->class_names.size());
    set->table.Ignore(0);
  } else {
    auto annotations = ContextAnnotations::Read(Join(base, "trainval_merged.json"));
    if (!annotations.ok()) return annotations.status();
    for (const std::string& name : (*annotations)->names()) labels.emplace(name, name);
    set->table = ContextAnnotations::Table();
    set->read_stored = [shared = *annotations](const LabelledPicture& picture) {
      return shared->Paint(picture.label_path);
    };
  }
  auto pairs = PairFiles(labels, *pictures, {}, /*every_picture=*/false);
  if (!pairs.ok()) return pairs.status();
  set->pictures = *std::move(pairs);
  return absl::OkStatus();
}

absl::Status OpenCityscapes(DataSet* set) {
  set->class_names = {
#include "trainer/evaluate/names/cityscapes_19.inc"
  };
  const auto labels_folder = FindFolder(set->root, {"gtFine/val"});
  if (!labels_folder.ok()) return labels_folder.status();
  const auto pictures_folder = FindFolder(set->root, {"leftImg8bit/val"});
  if (!pictures_folder.ok()) return pictures_folder.status();
  auto labels = FindFiles(*labels_folder, "_gtFine_labelTrainIds.png");
  if (labels.ok()) {
    set->table = Contiguous(0, set->class_names.size());
  } else {
    labels = FindFiles(*labels_folder, "_gtFine_labelIds.png");
    if (!labels.ok()) return labels.status();
    // The official identifiers of the classes that count, in the order of their train identifiers.
    constexpr uint16_t kStored[] = {7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33};
    constexpr uint16_t kLast = 33;
    for (uint16_t stored = 0; stored <= kLast; ++stored) set->table.Ignore(stored);
    uint16_t label = 0;
    for (const uint16_t stored : kStored) set->table.Set(stored, label++);
  }
  const auto pictures = FindFiles(*pictures_folder, "_leftImg8bit.png");
  if (!pictures.ok()) return pictures.status();
  const auto instances = FindFiles(*labels_folder, "_gtFine_instanceIds.png");
  auto pairs =
      PairFiles(*labels, *pictures, instances.ok() ? *instances : FilesByName(), /*every_picture=*/true);
  if (!pairs.ok()) return pairs.status();
  set->pictures = *std::move(pairs);
  return absl::OkStatus();
}

absl::Status OpenVoc(bool with_background, DataSet* set) {
  set->class_names = {
#include "trainer/evaluate/names/voc_20.inc"
  };
  set->has_background = with_background;
  const auto background = static_cast<uint16_t>(set->class_names.size());
  const auto pictures_folder = FindFolder(set->root, {"VOC2012/JPEGImages", "JPEGImages"});
  if (!pictures_folder.ok()) return pictures_folder.status();
  const std::string base = fs::path(*pictures_folder).parent_path().string();
  const auto pictures = FindPictures(*pictures_folder);
  if (!pictures.ok()) return pictures.status();

  FilesByName labels;
  const std::string prepared =
      Join(base, with_background ? "annotations_detectron2_bg/val" : "annotations_detectron2/val");
  if (IsFolder(prepared)) {
    auto files = FindFiles(prepared, ".png");
    if (!files.ok()) return files.status();
    labels = *std::move(files);
    set->table = Contiguous(0, set->class_names.size());
    if (with_background) set->table.Set(background, background);
  } else {
    const auto folder = FindFolder(base, {"SegmentationClass"});
    if (!folder.ok()) return folder.status();
    const auto files = FindFiles(*folder, ".png");
    if (!files.ok()) return files.status();
    auto listed = KeepListed(*files, Join(base, "ImageSets/Segmentation/val.txt"));
    if (!listed.ok()) return listed.status();
    labels = *std::move(listed);
    set->table = Contiguous(1, set->class_names.size());
    if (with_background) {
      set->table.Set(0, background);
    } else {
      set->table.Ignore(0);
    }
  }
  const auto objects = FindFiles(Join(base, "SegmentationObject"), ".png");
  auto pairs = PairFiles(labels, *pictures, objects.ok() ? *objects : FilesByName(), /*every_picture=*/false);
  if (!pairs.ok()) return pairs.status();
  set->pictures = *std::move(pairs);
  return absl::OkStatus();
}

}  // namespace pixelclip
