#include "server/convert.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field_error.h"
#include "core/image/png.h"
#include "core/image/raw_image.h"
#include "core/image/rle.h"
#include "core/refine_labels.h"

namespace pixelclip {
namespace {

absl::StatusOr<PixelFormat> ToPixelFormat(v1::PixelFormat format) {
  switch (format) {
    case v1::PIXEL_FORMAT_RGB8:
      return PixelFormat::kRgb8;
    case v1::PIXEL_FORMAT_BGR8:
      return PixelFormat::kBgr8;
    case v1::PIXEL_FORMAT_RGBA8:
      return PixelFormat::kRgba8;
    case v1::PIXEL_FORMAT_GRAY8:
      return PixelFormat::kGray8;
    default:
      return FieldError("image.raw.format", absl::StrCat("required; ", static_cast<int>(format),
                                                         " is not one of RGB8, BGR8, RGBA8 and GRAY8"));
  }
}

absl::StatusOr<TemplateSet> ToTemplateSet(v1::TemplateSet set) {
  switch (set) {
    case v1::TEMPLATE_SET_UNSPECIFIED:
    case v1::TEMPLATE_SET_PUBLISHED:
      return TemplateSet::kPublished;
    case v1::TEMPLATE_SET_NONE:
      return TemplateSet::kNone;
    case v1::TEMPLATE_SET_IMAGENET:
      return TemplateSet::kImageNet;
    default:
      return FieldError("vocabulary.template_set",
                        absl::StrCat(static_cast<int>(set), " is none of PUBLISHED, NONE and IMAGENET"));
  }
}

absl::StatusOr<SynonymRule> ToSynonymRule(v1::SynonymRule rule) {
  switch (rule) {
    case v1::SYNONYM_RULE_UNSPECIFIED:
    case v1::SYNONYM_RULE_AVERAGE:
      return SynonymRule::kAverage;
    case v1::SYNONYM_RULE_BEST:
      return SynonymRule::kBest;
    default:
      return FieldError("vocabulary.synonym_rule",
                        absl::StrCat(static_cast<int>(rule), " is neither AVERAGE nor BEST"));
  }
}

absl::StatusOr<InputFit> ToInputFit(v1::InputFit fit) {
  switch (fit) {
    case v1::INPUT_FIT_UNSPECIFIED:
    case v1::INPUT_FIT_SQUASH:
      return InputFit::kSquash;
    case v1::INPUT_FIT_KEEP_ASPECT:
      return InputFit::kKeepAspect;
    default:
      return FieldError("inference.fit",
                        absl::StrCat(static_cast<int>(fit), " is neither SQUASH nor KEEP_ASPECT"));
  }
}

void FillRle(const Segmentation& result, v1::RleLabelMap* rle) {
  const std::vector<RleMask> masks = EncodeRle(result.labels, static_cast<int>(result.classes.size()));
  for (size_t i = 0; i < masks.size(); ++i) {
    if (result.classes[i].pixels == 0) continue;
    v1::RleMask* mask = rle->add_masks();
    mask->set_label(masks[i].label);
    mask->set_counts(masks[i].counts);
  }
}

void FillRaw(const Segmentation& result, v1::RawLabelMap* raw) {
  const std::vector<uint16_t>& labels = result.labels.labels;
  const bool narrow = result.classes.size() <= 256;
  std::string* bytes = raw->mutable_labels();
  raw->set_bytes_per_label(narrow ? 1 : 2);
  bytes->reserve(labels.size() * raw->bytes_per_label());
  for (const uint16_t label : labels) {
    bytes->push_back(static_cast<char>(label & 0xff));
    if (!narrow) bytes->push_back(static_cast<char>(label >> 8));
  }
}

absl::Status FillLabelMap(const Segmentation& result, v1::LabelMapEncoding encoding,
                          v1::LabelMap* label_map) {
  switch (encoding) {
    case v1::LABEL_MAP_ENCODING_RLE:
      FillRle(result, label_map->mutable_rle());
      return absl::OkStatus();
    case v1::LABEL_MAP_ENCODING_RAW:
      FillRaw(result, label_map->mutable_raw());
      return absl::OkStatus();
    default: {
      auto png = EncodePng(result.labels);
      if (!png.ok()) return png.status();
      label_map->set_png(*std::move(png));
      return absl::OkStatus();
    }
  }
}

absl::Status FillScoreMap(const ScoreMap& map, v1::ScoreMap* out) {
  auto png = EncodePng(map.values);
  if (!png.ok()) return png.status();
  out->set_class_name(map.name);
  out->set_min_score(map.min_score);
  out->set_max_score(map.max_score);
  out->set_png(*std::move(png));
  return absl::OkStatus();
}

void FillClass(const ClassSummary& summary, v1::ClassResult* out) {
  out->set_label(summary.label);
  out->set_name(summary.name);
  out->set_is_background(summary.is_background);
  out->set_pixels(summary.pixels);
  out->set_share(summary.share);
  out->set_mean_score(summary.mean_score);
  if (summary.pixels == 0) return;
  v1::BoundingBox* box = out->mutable_box();
  box->set_x(summary.box.x);
  box->set_y(summary.box.y);
  box->set_width(summary.box.width);
  box->set_height(summary.box.height);
}

}  // namespace

absl::StatusOr<Image> ToImage(const v1::Image& image, const DecodeLimits& limits) {
  switch (image.source_case()) {
    case v1::Image::kEncoded:
      return DecodeImage(image.encoded(), limits);
    case v1::Image::kRaw: {
      const v1::RawImage& raw = image.raw();
      const auto format = ToPixelFormat(raw.format());
      if (!format.ok()) return format.status();
      return ImageFromRaw({raw.width(), raw.height(), *format, raw.row_stride_bytes(), raw.data()}, limits);
    }
    case v1::Image::kFeaturesId:
    case v1::Image::SOURCE_NOT_SET:
      break;
  }
  return FieldError("image", "required: set image.encoded, image.raw or image.features_id");
}

absl::StatusOr<Vocabulary> ToVocabulary(const v1::Vocabulary& sent) {
  Vocabulary vocabulary;
  for (const v1::VocabularyClass& item : sent.classes())
    vocabulary.classes.push_back({item.name(), {item.synonyms().begin(), item.synonyms().end()}});
  const auto set = ToTemplateSet(sent.template_set());
  if (!set.ok()) return set.status();
  if (sent.templates().empty()) {
    vocabulary.templates = TemplatesOf(*set);
  } else if (sent.template_set() == v1::TEMPLATE_SET_UNSPECIFIED) {
    vocabulary.templates.assign(sent.templates().begin(), sent.templates().end());
  } else {
    return FieldError("vocabulary.template_set", "set either templates or template_set, not both");
  }
  const auto rule = ToSynonymRule(sent.synonym_rule());
  if (!rule.ok()) return rule.status();
  vocabulary.synonym_rule = *rule;
  return vocabulary;
}

Background ToBackground(const v1::Background& sent) {
  Background background;
  if (!sent.name().empty()) background.name = sent.name();
  background.words.assign(sent.words().begin(), sent.words().end());
  if (sent.has_score_threshold()) background.score_threshold = sent.score_threshold();
  if (sent.has_softmax_scale()) background.softmax_scale = sent.softmax_scale();
  return background;
}

TilingOptions ToTilingOptions(const v1::Tiling& tiling) {
  return {tiling.tile_size(), tiling.overlap(), tiling.global_weight()};
}

absl::StatusOr<InputOptions> ToInputOptions(const v1::InferenceOptions& inference) {
  const auto fit = ToInputFit(inference.fit());
  if (!fit.ok()) return fit.status();
  const InputOptions options = {*fit, inference.resolution()};
  if (absl::Status status = CheckInputOptions(options); !status.ok()) return status;
  return options;
}

absl::StatusOr<ClassifyOptions> ToClassifyOptions(const v1::Outputs& outputs,
                                                  const v1::InferenceOptions& inference) {
  if (inference.refine_steps() > kMaxRefineSteps) {
    return FieldError("inference.refine_steps", absl::StrCat(inference.refine_steps(), " steps; at most ",
                                                             kMaxRefineSteps, " are allowed"));
  }
  if (!v1::LabelMapEncoding_IsValid(outputs.label_map())) {
    return FieldError("outputs.label_map", absl::StrCat(static_cast<int>(outputs.label_map()),
                                                        " is no encoding of ", "LabelMapEncoding"));
  }
  if (outputs.score_maps_size() > kMaxScoreMaps) {
    return FieldError("outputs.score_maps", absl::StrCat(outputs.score_maps_size(), " maps; at most ",
                                                         kMaxScoreMaps, " are allowed"));
  }
  return ClassifyOptions{outputs.best_scores(),
                         {outputs.score_maps().begin(), outputs.score_maps().end()},
                         static_cast<int>(inference.refine_steps())};
}

absl::Status FillResponse(const Segmentation& result, v1::LabelMapEncoding encoding,
                          v1::SegmentResponse* response) {
  response->set_width(result.labels.width);
  response->set_height(result.labels.height);
  if (encoding != v1::LABEL_MAP_ENCODING_NONE) {
    absl::Status filled = FillLabelMap(result, encoding, response->mutable_label_map());
    if (!filled.ok()) return filled;
  }
  for (const ClassSummary& summary : result.classes) FillClass(summary, response->add_classes());
  if (result.best_scores) {
    absl::Status filled = FillScoreMap(*result.best_scores, response->mutable_best_scores());
    if (!filled.ok()) return filled;
  }
  for (const ScoreMap& map : result.score_maps) {
    absl::Status filled = FillScoreMap(map, response->add_score_maps());
    if (!filled.ok()) return filled;
  }
  return absl::OkStatus();
}

}  // namespace pixelclip
