#ifndef PIXELCLIP_SERVER_RANDOM_ID_H_
#define PIXELCLIP_SERVER_RANDOM_ID_H_

#include <string>

namespace pixelclip {

// 32 random hexadecimal digits that nobody can guess. Any thread may call it.
std::string RandomId();

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_RANDOM_ID_H_
