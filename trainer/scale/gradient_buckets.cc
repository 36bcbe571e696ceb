#include "trainer/scale/gradient_buckets.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/variable.h>

#include <exception>
#include <mutex>
#include <torch/csrc/distributed/c10d/Work.hpp>
#include <utility>

namespace pixelclip {

class GradientBuckets::State {
 public:
  State(const std::vector<at::Tensor>& parameters, size_t bucket_bytes, AllReduce all_reduce)
      : all_reduce_(std::move(all_reduce)) {
    slots_.reserve(parameters.size());
    for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter)
      Append(*parameter, bucket_bytes);
    for (Bucket& bucket : buckets_) {
      bucket.flat = at::empty({bucket.elements + bucket.size()}, slots_[bucket.begin].parameter.options());
      bucket.waiting = bucket.size();
      for (size_t i = bucket.begin; i < bucket.end; ++i)
        slots_[i].mark = bucket.elements + static_cast<int64_t>(i - bucket.begin);
    }
  }

  size_t slots() const { return slots_.size(); }
  const at::Tensor& parameter(size_t slot) const { return slots_[slot].parameter; }

  void set_synchronise(bool last_backward) {
    const std::lock_guard<std::mutex> lock(mutex_);
    synchronise_ = last_backward;
  }

  // Backward has left its last word on a gradient.
  void Arrived(size_t index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!synchronise_ || problem_) return;
    try {
      const c10::NoGradGuard no_grad;
      Slot& slot = slots_[index];
      TORCH_CHECK(!slot.packed,
                  "a gradient arrived twice before FinishGradients: of several backward passes "
                  "only the last may be synchronised");
      Pack(slot);
      --buckets_[slot.bucket].waiting;
      while (next_ < buckets_.size() && buckets_[next_].waiting == 0) Launch(buckets_[next_]);
    } catch (...) {
      // Backward's errors stay its own; Finish throws this one.
      problem_ = std::current_exception();
    }
  }

  void Finish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (problem_) std::rethrow_exception(problem_);
    const c10::NoGradGuard no_grad;
    while (next_ < buckets_.size()) {
      Bucket& bucket = buckets_[next_];
      for (size_t i = bucket.begin; i < bucket.end; ++i)
        if (!slots_[i].packed) Pack(slots_[i]);
      Launch(bucket);
    }
    for (Bucket& bucket : buckets_) {
      bucket.work->wait();
      bucket.work.reset();
      for (size_t i = bucket.begin; i < bucket.end; ++i) Unpack(slots_[i]);
      bucket.waiting = bucket.size();
    }
    next_ = 0;
  }

 private:
  struct Slot {
    at::Tensor parameter;
    size_t bucket;
    int64_t offset;       // of its gradient in the flat tensor
    int64_t mark = 0;     // where that says whether this rank had one
    bool packed = false;  // whether both are in the flat tensor
  };

  // A run of slots.
  struct Bucket {
    size_t begin, end;
    int64_t elements;
    at::Tensor flat;
    int64_t waiting = 0;  // slots that are not packed yet
    c10::intrusive_ptr<c10d::Work> work;

    int64_t size() const { return static_cast<int64_t>(end - begin); }
  };

  void Append(const at::Tensor& parameter, size_t bucket_bytes) {
    const bool fits = !buckets_.empty() && [&] {
      const at::Tensor& first = slots_[buckets_.back().begin].parameter;
      const int64_t elements = buckets_.back().elements + parameter.numel();
      return first.dtype() == parameter.dtype() && first.device() == parameter.device() &&
             static_cast<size_t>(elements) * parameter.element_size() <= bucket_bytes;
    }();
    if (!fits) buckets_.push_back({slots_.size(), slots_.size(), 0, {}, 0, {}});
    Bucket& bucket = buckets_.back();
    slots_.push_back({parameter, buckets_.size() - 1, bucket.elements});
    bucket.elements += parameter.numel();
    ++bucket.end;
  }

  at::Tensor Place(const Slot& slot) const {
    return buckets_[slot.bucket]
        .flat.narrow(0, slot.offset, slot.parameter.numel())
        .view(slot.parameter.sizes());
  }
  at::Tensor Mark(const Slot& slot) const { return buckets_[slot.bucket].flat.select(0, slot.mark); }

  void Pack(Slot& slot) {
    const at::Tensor& gradient = slot.parameter.grad();
    if (gradient.defined())
      Place(slot).copy_(gradient);
    else
      Place(slot).zero_();
    Mark(slot).fill_(gradient.defined() ? 1 : 0);
    slot.packed = true;
  }

  void Unpack(Slot& slot) {
    slot.packed = false;
    at::Tensor& gradient = slot.parameter.mutable_grad();
    if (gradient.defined())
      gradient.copy_(Place(slot));
    else if (Mark(slot).item().toDouble() > 0)
      gradient = Place(slot).clone();
  }

  void Launch(Bucket& bucket) {
    bucket.work = all_reduce_(bucket.flat);
    ++next_;
  }

  std::mutex mutex_;
  const AllReduce all_reduce_;
  std::vector<Slot> slots_;  // in the order in which backward is expected to reach them
  std::vector<Bucket> buckets_;
  size_t next_ = 0;  // the first bucket that was not launched
  bool synchronise_ = true;
  std::exception_ptr problem_;
};

namespace {

class Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  explicit Hook(std::function<void()> call) : call_(std::move(call)) {}
  void operator()(const at::Tensor& parameter) override { call_(); }

 private:
  const std::function<void()> call_;
};

}  // namespace

GradientBuckets::GradientBuckets(const std::vector<at::Tensor>& parameters, size_t bucket_bytes,
                                 AllReduce all_reduce)
    : state_(std::make_shared<State>(parameters, bucket_bytes, std::move(all_reduce))) {
  for (size_t i = 0; i < state_->slots(); ++i) {
    // Weak: the parameter owns its hook, and the state owns the parameter.
    auto arrived = [state = std::weak_ptr<State>(state_), i] {
      if (const auto alive = state.lock()) alive->Arrived(i);
    };
    torch::autograd::impl::set_post_acc_grad_hooks(state_->parameter(i), std::make_unique<Hook>(arrived));
  }
}

GradientBuckets::~GradientBuckets() = default;

void GradientBuckets::set_synchronise(bool last_backward) { state_->set_synchronise(last_backward); }

void GradientBuckets::Finish() { state_->Finish(); }

}  // namespace pixelclip
