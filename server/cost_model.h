#ifndef PIXELCLIP_SERVER_COST_MODEL_H_
#define PIXELCLIP_SERVER_COST_MODEL_H_

#include <cstdint>
#include <deque>
#include <map>

#include "server/encode_task.h"

namespace pixelclip {

// What a batch of n inputs of one shape costs: item_seconds * n + batch_seconds. docs/batching.md derives the
// formulas.
struct BatchCost {
  double item_seconds = 0;
  double batch_seconds = 0;

  // Measured often enough that calls may be refused by it.
  bool settled = false;

  // The largest batch that was measured often enough.
  int tried = 0;

  // Batches of clearly different sizes were measured. Without that, batch_seconds is 0 and means nothing.
  bool compared = false;

  // One batch of n > 0 items.
  double BatchSeconds(int items) const { return item_seconds * items + batch_seconds; }

  // So many items, cut into batches of at most `limit`.
  double WorkSeconds(int items, int limit) const;

  // The smallest batch, at most `limit`, whose throughput is at least 95 % of that of `limit` items. Never
  // more than twice what was tried; and just that while too little was tried to tell.
  int EfficientBatch(int limit) const;

  // The longest wait for one more item that makes it and the `queued` ones, in sum, finish sooner than
  // starting at once. Negative if none does.
  double DelayThatPays(int queued) const;
};

// Learns the costs of one model's batches while it runs, for each shape and each share: by how many replicas
// at work the machine is divided while the batch runs.
//
// For each batch size it keeps the last runs. The line goes through the sizes' medians, which a
// few odd runs do not move, by least squares of the relative error; sizes not run lately count less, and in
// the end not at all. Not for sharing between threads.
class CostModel {
 public:
  // A successful run of `items` > 0 inputs.
  void Record(InputShape shape, int share, int items, double seconds);

  // All zero before the shape's first run. A share at which too little ran to be settled costs what the next
  // smaller one that is settled does; without any, what the next larger one does; and no size was tried at
  // it.
  BatchCost Of(InputShape shape, int share) const;

 private:
  struct Size {
    std::deque<double> seconds;  // the last runs
    int64_t last_run = 0;        // number of the latest of them among all sizes'
  };
  struct Runs {
    int64_t count = 0;
    std::map<int, Size> sizes;
    BatchCost cost;
  };

  static BatchCost Fit(const Runs& runs);

  std::map<InputShape, std::map<int, Runs>> shapes_;  // by share
};

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_COST_MODEL_H_
