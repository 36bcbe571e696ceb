#include "client/load/workload.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pixelclip {
namespace {

std::vector<double> ZipfWeights(size_t count) {
  std::vector<double> weights;
  for (size_t k = 1; k <= count; ++k) weights.push_back(1.0 / static_cast<double>(k));
  return weights;
}

}  // namespace

Workload::Workload(WorkloadOptions options)
    : options_(std::move(options)),
      salt_(std::random_device()()),
      random_(options_.seed),
      request_(options_.common) {
  const std::vector<double> weights = ZipfWeights(options_.vocabularies.size());
  zipf_ = std::discrete_distribution<size_t>(weights.begin(), weights.end());
}

const v1::SegmentRequest& Workload::Next() {
  request_.mutable_image()->set_encoded(options_.pictures[made_ % options_.pictures.size()]);
  const size_t choice = ChooseVocabulary();
  request_.clear_vocabulary();
  request_.clear_vocabulary_id();
  if (std::bernoulli_distribution(options_.cold_share)(random_)) {
    *request_.mutable_vocabulary() = ColdWords(options_.vocabularies[choice]);
  } else if (options_.vocabulary_ids.empty()) {
    *request_.mutable_vocabulary() = options_.vocabularies[choice];
  } else {
    request_.set_vocabulary_id(options_.vocabulary_ids[choice]);
  }
  ++made_;
  return request_;
}

size_t Workload::ChooseVocabulary() {
  return options_.choice == VocabularyChoice::kZipf ? zipf_(random_) : made_ % options_.vocabularies.size();
}

v1::Vocabulary Workload::ColdWords(const v1::Vocabulary& like) {
  v1::Vocabulary vocabulary = like;
  for (v1::VocabularyClass& entry : *vocabulary.mutable_classes()) {
    entry.set_name(absl::StrCat("thing ", absl::Hex(salt_), " ", cold_words_++));
    entry.clear_synonyms();
  }
  return vocabulary;
}

}  // namespace pixelclip
