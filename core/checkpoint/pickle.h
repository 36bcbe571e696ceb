#ifndef PIXELCLIP_CORE_CHECKPOINT_PICKLE_H_
#define PIXELCLIP_CORE_CHECKPOINT_PICKLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pixelclip {

// One value of a pickle. Nothing is ever imported or called: a class or function is its name (kGlobal), and
// what a call would have made is a kObject that remembers the call.
struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        // integer: 0 or 1
    kInt,         // integer
    kBigInt,      // text: the digits, or little-endian two's complement; beyond 64 bits
    kFloat,       // real
    kString,      // text
    kBytes,       // text
    kTuple,       // items
    kList,        // items
    kSet,         // items
    kDict,        // items: key, value, key, value, ... in the order of insertion, duplicates not merged
    kGlobal,      // text: "module.name"
    kPersistent,  // operand: the persistent id, whose meaning the file format defines
    kObject,      // callable(operand), then `state`, then items (of a list, or of a dict if has_pairs)
  };

  Kind kind = Kind::kNone;
  bool has_pairs = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::vector<const PickleValue*> items;
  const PickleValue* callable = nullptr;  // never null in a kObject
  const PickleValue* operand = nullptr;   // never null in a kObject or kPersistent
  const PickleValue* state = nullptr;     // of BUILD; null without one. A dict may have one, too.

  bool IsGlobal(std::string_view name) const { return kind == Kind::kGlobal && text == name; }
  bool IsString(std::string_view value) const { return kind == Kind::kString && text == value; }
  // Whether items are keys and values in turn.
  bool IsMapping() const { return kind == Kind::kDict || (kind == Kind::kObject && has_pairs); }
};

// The value last set under a string key; null if there is none or this is no mapping.
const PickleValue* FindItem(const PickleValue& mapping, std::string_view key);

// A pickle's values. They may refer to each other in cycles, and to the buffer that was read, which must
// outlive them. Walk them with a bound on depth and on steps: a short pickle can describe a huge tree of
// shared values.
struct Pickle {
  const PickleValue* root = nullptr;
  size_t size = 0;  // bytes of the buffer up to and including STOP
  std::deque<PickleValue> values;
  std::deque<std::string> strings;  // those that the buffer holds only in escaped form
};

// Runs the stack machine of pickle protocols 0 to 5 over the start of `bytes`. The only call that it
// understands is collections.OrderedDict, which makes a dict. INVALID_ARGUMENT, with the byte's position, for
// an unknown opcode, a truncated pickle, a stack underflow, an operation on the wrong kind of value, a global
// of more than 1000 bytes, more than 2 million values or 20 million opcodes. Time and memory are linear in
// the pickle's length, no recursion.
absl::StatusOr<Pickle> ReadPickle(std::string_view bytes);

}  // namespace pixelclip

#endif  // PIXELCLIP_CORE_CHECKPOINT_PICKLE_H_
