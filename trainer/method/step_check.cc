#include "trainer/method/step_check.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/field_error.h"

namespace pixelclip {
namespace {

absl::Status CheckView(const char* field, const at::Tensor& view) {
  const bool fits = view.defined() && view.dim() == 4 && view.size(0) > 0 && view.size(1) == 3 &&
                    view.size(2) > 0 && view.size(3) > 0 &&
                    (view.scalar_type() == at::kByte || view.scalar_type() == at::kFloat);
  if (fits) return absl::OkStatus();
  return FieldError(field,
                    absl::StrCat("is ", ShapeAndType(view), ", expected [B, 3, H, W] of Byte or Float"));
}

}  // namespace

std::string ShapeAndType(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  return absl::StrCat("[", absl::StrJoin(tensor.sizes(), ", "), "] of ", c10::toString(tensor.scalar_type()));
}

absl::Status CheckStepInput(const StepInput& input) {
  if (absl::Status status = CheckView("weak", input.weak); !status.ok()) return status;
  if (absl::Status status = CheckView("strong", input.strong); !status.ok()) return status;
  if (input.weak.sizes() != input.strong.sizes()) {
    return FieldError("strong", absl::StrCat("is ", ShapeAndType(input.strong),
                                             ", expected the shape of weak, ", ShapeAndType(input.weak)));
  }
  if (static_cast<int64_t>(input.masks.size()) != input.weak.size(0)) {
    return FieldError("masks", absl::StrCat("has ", input.masks.size(), " entries, expected ",
                                            input.weak.size(0), ", one for each picture"));
  }
  for (size_t b = 0; b < input.masks.size(); ++b) {
    const at::Tensor& masks = input.masks[b];
    const bool fits = masks.defined() && masks.dim() == 3 && masks.size(1) > 0 && masks.size(2) > 0 &&
                      (masks.scalar_type() == at::kByte || masks.scalar_type() == at::kBool);
    if (!fits) {
      return FieldError(absl::StrCat("masks[", b, "]"),
                        absl::StrCat("is ", ShapeAndType(masks), ", expected [M, h, w] of Byte or Bool"));
    }
  }
  return absl::OkStatus();
}

}  // namespace pixelclip
