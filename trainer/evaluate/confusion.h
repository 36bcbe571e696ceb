#ifndef PIXELCLIP_TRAINER_EVALUATE_CONFUSION_H_
#define PIXELCLIP_TRAINER_EVALUATE_CONFUSION_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelclip {

// The class of a pixel that does not count: void, unlabelled, or a class that a set leaves out.
inline constexpr uint16_t kIgnoredClass = 65535;

// What became of one class. In percent; nothing where the ground truth has none of it.
struct ClassScore {
  std::optional<double> iou;
  std::optional<double> accuracy;  // share of its pixels that were found
  int64_t truth = 0;               // pixels (or masks) of it in the ground truth
  int64_t predicted = 0;           // pixels predicted as it, where the truth is not ignored
};

// A set's figures, in percent. The two means run over `classes` classes, the others over all pixels.
struct Scores {
  int classes = 0;
  double mean_iou = 0;
  double mean_accuracy = 0;
  double pixel_accuracy = 0;
  double frequency_weighted_iou = 0;
};

// Counts pixels (or masks) by ground truth and prediction. Sums of parts are the whole's, so that ranks can
// each count theirs. Not thread-safe.
class Confusion {
 public:
  // REQUIRES: 1 <= classes < kIgnoredClass.
  explicit Confusion(int classes);

  int classes() const { return classes_; }

  // Row `truth`, column `prediction`. The column behind the last class counts what got no class at all: it
  // makes a pixel wrong without belonging to any other class.
  int64_t at(int truth, int prediction) const { return counts_[index(truth, prediction)]; }
  int columns() const { return classes_ + 1; }

  // Counts one pixel. A truth of kIgnoredClass is passed over; a prediction that is no class counts as none.
  // REQUIRES: truth is a class or kIgnoredClass.
  void Add(uint16_t truth, uint16_t prediction);

  // Counts all pixels of one picture. REQUIRES: equal sizes.
  void Add(const std::vector<uint16_t>& truth, const std::vector<uint16_t>& prediction);

  // All counts, row by row: [classes, columns()]. Sum two of equal classes to merge them.
  const std::vector<int64_t>& counts() const { return counts_; }
  // REQUIRES: classes() * columns() counts, none negative.
  void SetCounts(std::vector<int64_t> counts);

  std::vector<ClassScore> PerClass() const;

  // Published figures average over the classes that occur in the ground truth. `counted`, one for each class,
  // can leave out further ones.
  Scores Summarise(const std::vector<bool>& counted) const;

 private:
  size_t index(int truth, int prediction) const {
    return static_cast<size_t>(truth) * columns() + prediction;
  }

  int classes_;
  std::vector<int64_t> counts_;
};

}  // namespace pixelclip

#endif  // PIXELCLIP_TRAINER_EVALUATE_CONFUSION_H_
