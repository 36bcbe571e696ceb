#include "trainer/dino/dino_vit.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <string>

#include "core/model/plain_array.h"
#include "tests/testing/golden.h"
#include "tests/testing/tensors.h"

namespace pixelclip {
namespace {

std::string Data(const std::string& name) {
  return std::string(PIXELCLIP_TEST_DATA) + "/trainer/dino/" + name;
}

class DinoVitTest : public ::testing::TestWithParam<std::string> {};

// Of the trained size, square, wide, and with sides that are no whole patches.
TEST_P(DinoVitTest, SeesWhatDinosOwnCodeSees) {
  const auto network = DinoVit::Load(Data("dino_tiny.pth"), c10::Device("cpu"));
  ASSERT_TRUE(network.ok()) << network.status();
  const testing::Golden golden(Data("golden.safetensors"));
  const std::string images = GetParam() + ".images";
  const c10::InferenceMode no_gradients;
  const at::Tensor features =
      (*network)->PatchFeatures(ViewAsTensor(golden.Values(images), golden.Shape(images)));
  EXPECT_EQ(features.size(1), golden.Shape(images)[2] / 4);
  EXPECT_EQ(features.size(2), golden.Shape(images)[3] / 4);
  EXPECT_LT(testing::RelativeError(ToPlainArray(features), golden.Values(GetParam() + ".features")), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, DinoVitTest, ::testing::Values("trained", "square", "wide", "ragged"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pixelclip
