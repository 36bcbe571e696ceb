#ifndef PIXELCLIP_CLIENT_LOAD_WORKLOAD_H_
#define PIXELCLIP_CLIENT_LOAD_WORKLOAD_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pixelclip/v1/segmentation.pb.h"

namespace pixelclip {

// Which of several vocabularies a call has: one after the other, or the k-th with a probability in proportion
// to 1 / k, which is how often words and customers are found.
enum class VocabularyChoice { kRoundRobin, kZipf };

struct WorkloadOptions {
  // Picture files as they are. At least one; calls take turns on them.
  std::vector<std::string> pictures;
  // At least one.
  std::vector<v1::Vocabulary> vocabularies;
  // Empty, or one for each vocabulary: sent in place of it.
  std::vector<std::string> vocabulary_ids;
  VocabularyChoice choice = VocabularyChoice::kRoundRobin;
  // The share of calls, 0 to 1, whose words no server has seen: as many as in the vocabulary that they
  // replace.
  double cold_share = 0;
  // What all requests have in common: model, priority, outputs.
  v1::SegmentRequest common;
  // The same seed makes the same requests, but for the cold words.
  uint32_t seed = 1;
};

// Makes the requests of a run. Not thread-safe.
class Workload {
 public:
  explicit Workload(WorkloadOptions options);

  // Good until the next call of this.
  const v1::SegmentRequest& Next();

 private:
  size_t ChooseVocabulary();
  v1::Vocabulary ColdWords(const v1::Vocabulary& like);

  const WorkloadOptions options_;
  const uint64_t salt_;  // of this run's cold words
  std::mt19937_64 random_;
  std::discrete_distribution<size_t> zipf_;
  int64_t made_ = 0;
  int64_t cold_words_ = 0;
  v1::SegmentRequest request_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_CLIENT_LOAD_WORKLOAD_H_
