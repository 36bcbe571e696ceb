#include "trainer/figures/prompt_masks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/figures/page.h"
#include "trainer/figures/regions.h"

namespace pixelclip {
namespace {

constexpr double kLeastShare = 0.002;  // of all pictures, for a prompt to be shown

std::string FirstSynonym(const std::string& name) { return name.substr(0, name.find(", ")); }

double Dot(const float* a, const float* b, int n) { return std::inner_product(a, a + n, b, 0.0); }

// The prompts that cover most, the largest first, with their shares of all pixels.
std::vector<std::pair<int, double>> LargestPrompts(const std::vector<PromptedPicture>& pictures, size_t count,
                                                   size_t max_prompts) {
  std::vector<double> shares(count);
  for (const PromptedPicture& picture : pictures) {
    const double pixel = 1.0 / static_cast<double>(picture.prompts.labels.size() * pictures.size());
    for (const uint16_t prompt : picture.prompts.labels) shares[prompt] += pixel;
  }
  std::vector<std::pair<int, double>> largest;
  for (size_t i = 0; i < count; ++i) {
    if (shares[i] >= kLeastShare) largest.emplace_back(static_cast<int>(i), shares[i]);
  }
  std::stable_sort(largest.begin(), largest.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (largest.size() > max_prompts) largest.resize(max_prompts);
  return largest;
}

// The photo's own colours where `prompt` is, a pale grey elsewhere.
Image FadeOthers(const PromptedPicture& picture, int prompt) {
  Image faded = picture.photo;
  for (size_t i = 0; i < picture.prompts.labels.size(); ++i) {
    if (picture.prompts.labels[i] == prompt) continue;
    uint8_t* pixel = faded.pixels.data() + 3 * i;
    const int luma = (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8;
    std::fill(pixel, pixel + 3, static_cast<uint8_t>(190 + luma / 5));
  }
  OutlineRegion(picture.prompts, static_cast<uint16_t>(prompt), faded);
  return faded;
}

}  // namespace

std::vector<NearestName> FindNearestNames(const TextFeatures& prompts, const TextFeatures& classes,
                                          const std::vector<std::string>& names) {
  const int width = prompts.channels;
  std::vector<NearestName> nearest;
  for (int i = 0; i < prompts.count; ++i) {
    const float* prompt = prompts.values.data() + static_cast<size_t>(i) * width;
    NearestName best{{}, -2};
    for (int k = 0; k < classes.count; ++k) {
      const float* name = classes.values.data() + static_cast<size_t>(k) * width;
      const double lengths = std::sqrt(Dot(prompt, prompt, width) * Dot(name, name, width));
      const double cosine = Dot(prompt, name, width) / std::max(lengths, 1e-12);
      if (cosine > best.cosine) best = {FirstSynonym(names[k]), cosine};
    }
    nearest.push_back(best);
  }
  return nearest;
}

Image DrawPromptMasks(const std::vector<PromptedPicture>& pictures, const std::vector<NearestName>& names,
                      int max_prompts, const std::string& caption) {
  GridPage page;
  page.caption = caption;
  page.max_cell_width = 240;
  page.justified = true;
  GridRow photos{"picture", {}, {}};
  for (const PromptedPicture& picture : pictures) photos.cells.push_back({picture.photo, {}, {}});
  page.rows.push_back(std::move(photos));
  for (const auto& [prompt, share] : LargestPrompts(pictures, names.size(), max_prompts)) {
    GridRow row{names[prompt].name,
                absl::StrFormat("prompt %d\ncosine %.2f\n%.0f%% of all pixels", prompt, names[prompt].cosine,
                                100 * share),
                {}};
    for (const PromptedPicture& picture : pictures)
      row.cells.push_back({FadeOthers(picture, prompt), {}, {}});
    page.rows.push_back(std::move(row));
  }
  return DrawGridPage(page);
}

}  // namespace pixelclip
