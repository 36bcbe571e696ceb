// Broken copies of small files: whatever the bytes are, the readers answer with a status and stay inside the
// file (the sanitizers watch). Deterministic, so that a failure comes back.

#include <gtest/gtest.h>

#include <random>

#include "core/checkpoint/torch_archive.h"
#include "tests/core/checkpoint/test_files.h"

namespace pixelclip {
namespace {

constexpr int kMutations = 2000;

class Mutator {
 public:
  explicit Mutator(std::string original) : original_(std::move(original)) {}

  std::string Next() {
    std::string bytes = original_;
    if (random_() % 8 == 0) bytes.resize(random_() % bytes.size());
    for (size_t i = random_() % 4 + 1; i > 0 && !bytes.empty(); --i) {
      const size_t at = random_() % bytes.size();
      switch (random_() % 3) {
        case 0:
          bytes[at] ^= static_cast<char>(1 << random_() % 8);
          break;
        case 1:
          bytes[at] = static_cast<char>(random_());
          break;
        default:  // extremes, where lengths and offsets are read
          for (size_t j = at; j < std::min(at + 8, bytes.size()); ++j)
            bytes[j] = random_() % 2 ? '\xff' : '\x7f';
      }
    }
    return bytes;
  }

 private:
  const std::string original_;
  std::mt19937 random_{20240229};
};

// Touches every element.
double Sum(const std::map<std::string, StoredTensor>& tensors) {
  double sum = 0;
  for (const auto& [name, tensor] : tensors) {
    for (const float value : ToFloat32(tensor)) sum += value;
  }
  return sum;
}

TEST(MutationTest, TorchFiles) {
  volatile double sink = 0;
  for (const char* name : {"zip.pt", "legacy.pt", "wrapped.pt", "parameter.pt", "detectron2.pth"}) {
    Mutator mutator(ReadFile(TorchSample(name)));
    for (int i = 0; i < kMutations; ++i) {
      const std::string bytes = mutator.Next();
      const absl::StatusOr<TorchArchive> archive =
          IsLegacyTorchFile(bytes) ? ReadLegacyTorchFile(bytes) : ReadTorchZip(bytes);
      if (archive.ok()) sink = sink + Sum(archive->tensors);
    }
  }
}

TEST(MutationTest, Safetensors) {
  const TemporaryDirectory directory;
  TinyClip clip;
  for (auto it = clip.tensors.begin(); it != clip.tensors.end();) {
    it = NumElements(it->second) > 64 ? clip.tensors.erase(it) : std::next(it);
  }
  Mutator mutator(ReadFile(clip.WriteTo(directory.path() + "/original")));
  volatile double sink = 0;
  for (int i = 0; i < kMutations; ++i) {
    const absl::StatusOr<SafetensorsFile> file =
        SafetensorsFile::Open(directory.Write("mutant", mutator.Next()));
    if (file.ok()) sink = sink + Sum(file->tensors());
  }
}

TEST(MutationTest, WholeCheckpoints) {
  const TemporaryDirectory directory;
  const std::string original = ReadFile(Fixture("vit/openai_jit.pt"));
  // All of a TorchScript archive that is structure: the pickle in front, the directory at the end.
  const size_t pickle = 12'000;
  const size_t tail = 60'000;
  Mutator front(original.substr(0, pickle));
  Mutator back(original.substr(original.size() - tail));
  for (int i = 0; i < 20; ++i) {
    std::string bytes = original;
    std::string mutated = i % 2 ? front.Next() : back.Next();
    mutated.resize(i % 2 ? pickle : tail);
    bytes.replace(i % 2 ? 0 : bytes.size() - tail, mutated.size(), mutated);
    const absl::StatusOr<TorchArchive> archive = ReadTorchZip(bytes);
    EXPECT_TRUE(!archive.ok() || !archive->tensors.empty());
  }
}

}  // namespace
}  // namespace pixelclip
