#ifndef PIXELCLIP_SERVER_MODEL_INFO_H_
#define PIXELCLIP_SERVER_MODEL_INFO_H_

#include "pixelclip/v1/segmentation.pb.h"
#include "server/served_model.h"

namespace pixelclip {

void FillModelInfo(const ServedModel& model, v1::ModelInfo* info);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_MODEL_INFO_H_
