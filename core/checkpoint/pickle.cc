#include "core/checkpoint/pickle.h"

#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/problem.h"

namespace pixelclip {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxValues = 2'000'000;
constexpr size_t kMaxOpcodes = 20'000'000;
constexpr size_t kMaxGlobalLength = 1000;  // two bytes recall a long string; a name would copy it each time
constexpr uint8_t kMaxProtocol = 5;

// Named as in Python's pickletools, where each is described.
enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kFloatLine = 'F',
  kIntLine = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kLongLine = 'L',
  kBinInt2 = 'M',
  kNone = 'N',
  kPersId = 'P',
  kBinPersId = 'Q',
  kReduce = 'R',
  kStringLine = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicodeLine = 'V',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kGet = 'g',
  kBinGet = 'h',
  kInst = 'i',
  kLongBinGet = 'j',
  kList = 'l',
  kObj = 'o',
  kPut = 'p',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kBinFloat = 'G',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kEmptyDict = '}',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kNewObj = 0x81,
  kExt1 = 0x82,
  kExt2 = 0x83,
  kExt4 = 0x84,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kNewObjEx = 0x92,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
  kByteArray8 = 0x96,
};

// The escapes of protocol 0's UNICODE: \uXXXX and \UXXXXXXXX, the rest Latin-1.
std::string DecodeRawUnicodeEscape(std::string_view raw) {
  const auto append_utf8 = [](std::string& to, uint32_t code) {
    if (code < 0x80) {
      to += static_cast<char>(code);
    } else if (code < 0x800) {
      to += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    } else if (code < 0x10000) {
      to += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
             static_cast<char>(0x80 | (code & 0x3f))};
    } else {
      to += {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
             static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
    }
  };
  std::string text;
  while (!raw.empty()) {
    const size_t digits = raw.substr(0, 2) == "\\u" ? 4 : raw.substr(0, 2) == "\\U" ? 8 : 0;
    uint32_t code = 0;
    if (digits > 0 && raw.size() >= 2 + digits &&
        absl::SimpleHexAtoi(AsPiece(raw.substr(2, digits)), &code) && code <= 0x10ffff) {
      raw.remove_prefix(2 + digits);
    } else {
      code = static_cast<uint8_t>(raw.front());
      raw.remove_prefix(1);
    }
    append_utf8(text, code);
  }
  return text;
}

class PickleMachine {
 public:
  explicit PickleMachine(std::string_view bytes) : reader_(bytes) {}

  absl::StatusOr<Pickle> Run() {
    for (size_t count = 0; !stopped_; ++count) {
      const size_t position = reader_.position();
      Step(static_cast<Opcode>(reader_.U8()));
      if (reader_.failed()) problem_ = "truncated";
      if (count == kMaxOpcodes) problem_ = Concat("more than ", kMaxOpcodes, " opcodes");
      if (pickle_.values.size() > kMaxValues) problem_ = Concat("more than ", kMaxValues, " values");
      if (!problem_.empty()) {
        return Invalid("broken pickle at byte ", position, ": ", problem_);
      }
    }
    pickle_.size = reader_.position();
    return std::move(pickle_);
  }

 private:
  void Step(Opcode opcode) {
    switch (opcode) {
      // The frame of the stream.
      case kProto:
        if (reader_.U8() > kMaxProtocol) problem_ = "a protocol later than 5";
        return;
      case kFrame:
        if (reader_.U64() > reader_.remaining()) problem_ = "truncated";
        return;
      case kStop:
        pickle_.root = Pop();
        stopped_ = true;
        return;

      // Constants and numbers.
      case kNone:
        return Push(Kind::kNone);
      case kNewTrue:
        return PushInteger(Kind::kBool, 1);
      case kNewFalse:
        return PushInteger(Kind::kBool, 0);
      case kBinInt:
        return PushInteger(Kind::kInt, static_cast<int32_t>(reader_.U32()));
      case kBinInt1:
        return PushInteger(Kind::kInt, reader_.U8());
      case kBinInt2:
        return PushInteger(Kind::kInt, reader_.U16());
      case kIntLine: {
        const std::string_view line = reader_.Line();
        if (line == "00" || line == "01") return PushInteger(Kind::kBool, line == "01");
        return PushDecimal(line);
      }
      case kLongLine:
        return PushLongLine(reader_.Line());
      case kLong1:
        return PushLong(reader_.Bytes(reader_.U8()));
      case kLong4:
        return PushLong(reader_.Bytes(reader_.U32()));
      case kFloatLine:
        return PushFloatLine(reader_.Line());
      case kBinFloat:
        return PushBinFloat(reader_.Bytes(8));

      // Strings.
      case kStringLine:
        return PushQuoted(reader_.Line());
      case kUnicodeLine:
        return PushText(Kind::kString, Own(DecodeRawUnicodeEscape(reader_.Line())));
      case kBinString:
      case kBinUnicode:
        return PushText(Kind::kString, reader_.Bytes(reader_.U32()));
      case kShortBinString:
      case kShortBinUnicode:
        return PushText(Kind::kString, reader_.Bytes(reader_.U8()));
      case kBinUnicode8:
        return PushText(Kind::kString, reader_.Bytes(reader_.U64()));
      case kBinBytes:
        return PushText(Kind::kBytes, reader_.Bytes(reader_.U32()));
      case kShortBinBytes:
        return PushText(Kind::kBytes, reader_.Bytes(reader_.U8()));
      case kBinBytes8:
      case kByteArray8:
        return PushText(Kind::kBytes, reader_.Bytes(reader_.U64()));

      // Containers.
      case kMark:
        return marks_.push_back(stack_.size());
      case kEmptyTuple:
        return Push(Kind::kTuple);
      case kTuple1:
        return PushItems(Kind::kTuple, PopTop(1));
      case kTuple2:
        return PushItems(Kind::kTuple, PopTop(2));
      case kTuple3:
        return PushItems(Kind::kTuple, PopTop(3));
      case kTuple:
        return PushItems(Kind::kTuple, PopToMark());
      case kEmptyList:
        return Push(Kind::kList);
      case kList:
        return PushItems(Kind::kList, PopToMark());
      case kEmptySet:
        return Push(Kind::kSet);
      case kFrozenSet:
        return PushItems(Kind::kSet, PopToMark());
      case kEmptyDict:
        return Push(Kind::kDict);
      case kDict: {
        Items items = PopToMark();
        if (items.size() % 2 != 0) problem_ = "a dict with a key without a value";
        return PushItems(Kind::kDict, std::move(items));
      }
      case kAppend:
        return Extend(Kind::kList, PopTop(1));
      case kAppends:
        return Extend(Kind::kList, PopToMark());
      case kAddItems:
        return Extend(Kind::kSet, PopToMark());
      case kSetItem:
        return SetItems(PopTop(2));
      case kSetItems:
        return SetItems(PopToMark());

      // The stack and the memo.
      case kPop:
        if (!marks_.empty() && marks_.back() == stack_.size()) return marks_.pop_back();
        Pop();
        return;
      case kPopMark:
        PopToMark();
        return;
      case kDup:
        if (PickleValue* top = Top()) stack_.push_back(top);
        return;
      case kMemoize:
        return Memoize(memo_.size());
      case kBinPut:
        return Memoize(reader_.U8());
      case kLongBinPut:
        return Memoize(reader_.U32());
      case kPut:
        return Memoize(LineIndex());
      case kBinGet:
        return Recall(reader_.U8());
      case kLongBinGet:
        return Recall(reader_.U32());
      case kGet:
        return Recall(LineIndex());

      // Names, and calls that do not happen.
      case kGlobal: {
        const std::string_view module = reader_.Line();
        return PushGlobal(module, reader_.Line());
      }
      case kStackGlobal: {
        const PickleValue* name = Pop();
        const PickleValue* module = Pop();
        if (name->kind != Kind::kString || module->kind != Kind::kString)
          return Refuse("a global without a name");
        return PushGlobal(module->text, name->text);
      }
      case kExt1:
        return PushGlobal("copyreg.extension", Concat(reader_.U8()));
      case kExt2:
        return PushGlobal("copyreg.extension", Concat(reader_.U16()));
      case kExt4:
        return PushGlobal("copyreg.extension", Concat(reader_.U32()));
      case kReduce:
      case kNewObj: {
        const PickleValue* arguments = Pop();
        return PushObject(Pop(), arguments);
      }
      case kNewObjEx: {
        Pop();  // keyword arguments: nothing here has a use for them
        const PickleValue* arguments = Pop();
        return PushObject(Pop(), arguments);
      }
      case kInst: {
        const std::string_view module = reader_.Line();
        PushGlobal(module, reader_.Line());
        const PickleValue* callable = Pop();
        PushItems(Kind::kTuple, PopToMark());
        return PushObject(callable, Pop());
      }
      case kObj: {
        Items items = PopToMark();
        if (items.empty()) return Refuse("an object without a class");
        const PickleValue* callable = items.front();
        items.erase(items.begin());
        PushItems(Kind::kTuple, std::move(items));
        return PushObject(callable, Pop());
      }
      case kBuild: {
        const PickleValue* state = Pop();
        PickleValue* target = Top();
        if (target->kind != Kind::kObject && target->kind != Kind::kDict)
          return Refuse("state for a plain value");
        target->state = state;
        return;
      }
      case kPersId:
        PushText(Kind::kString, reader_.Line());
        return PushPersistent(Pop());
      case kBinPersId:
        return PushPersistent(Pop());
    }
    Refuse(Concat("unknown opcode 0x", absl::Hex(static_cast<unsigned>(opcode), absl::kZeroPad2)));
  }

  using Items = std::vector<const PickleValue*>;

  void Refuse(std::string_view problem) {
    if (problem_.empty()) problem_ = problem;
  }

  std::string_view Own(std::string text) { return pickle_.strings.emplace_back(std::move(text)); }

  PickleValue* PushNew(Kind kind) {
    PickleValue* value = &pickle_.values.emplace_back();
    value->kind = kind;
    stack_.push_back(value);
    return value;
  }
  void Push(Kind kind) { PushNew(kind); }
  void PushInteger(Kind kind, int64_t integer) { PushNew(kind)->integer = integer; }
  void PushText(Kind kind, std::string_view text) { PushNew(kind)->text = text; }
  void PushItems(Kind kind, Items items) { PushNew(kind)->items = std::move(items); }
  void PushGlobal(std::string_view module, std::string_view name) {
    if (module.size() + name.size() > kMaxGlobalLength)
      return Refuse(Concat("a global of more than ", kMaxGlobalLength, " bytes"));
    PushText(Kind::kGlobal, Own(Concat(module, ".", name)));
  }
  void PushPersistent(const PickleValue* id) { PushNew(Kind::kPersistent)->operand = id; }

  void PushDecimal(std::string_view digits) {
    int64_t value = 0;
    if (absl::SimpleAtoi(AsPiece(digits), &value)) return PushInteger(Kind::kInt, value);
    PushText(Kind::kBigInt, digits);
  }

  void PushLongLine(std::string_view line) {
    if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
    PushDecimal(line);
  }

  void PushLong(std::string_view bytes) {
    if (bytes.size() > 8) return PushText(Kind::kBigInt, bytes);
    const bool negative = !bytes.empty() && (bytes.back() & 0x80);
    uint64_t value = negative ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    PushInteger(Kind::kInt, static_cast<int64_t>(value));
  }

  void PushFloatLine(std::string_view line) {
    double value = 0;
    if (!absl::SimpleAtod(AsPiece(line), &value)) Refuse("not a number");
    PushNew(Kind::kFloat)->real = value;
  }

  void PushBinFloat(std::string_view big_endian) {
    uint64_t bits = 0;
    for (const char byte : big_endian) bits = bits << 8 | static_cast<uint8_t>(byte);
    std::memcpy(&PushNew(Kind::kFloat)->real, &bits, sizeof bits);
  }

  void PushQuoted(std::string_view line) {
    const bool quoted =
        line.size() >= 2 && line.front() == line.back() && (line.front() == '\'' || line.front() == '"');
    std::string text;
    if (!quoted || !absl::CUnescape(AsPiece(line.substr(1, line.size() - 2)), &text))
      Refuse("a string without quotes");
    PushText(Kind::kString, Own(std::move(text)));
  }

  // A call, or the making of an object: its class and arguments are kept instead.
  void PushObject(const PickleValue* callable, const PickleValue* arguments) {
    if (callable->IsGlobal("collections.OrderedDict") && arguments->items.empty()) return Push(Kind::kDict);
    PickleValue* object = PushNew(Kind::kObject);
    object->callable = callable;
    object->operand = arguments;
  }

  void Extend(Kind kind, Items items) {
    PickleValue* target = Top();
    if (target->kind != kind && (target->kind != Kind::kObject || target->has_pairs))
      return Refuse("appending to a plain value");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }

  void SetItems(Items items) {
    PickleValue* target = Top();
    if (items.size() % 2 != 0) return Refuse("a key without a value");
    if (target->kind == Kind::kObject && target->items.empty()) target->has_pairs = true;
    if (!target->IsMapping()) return Refuse("setting an item of a plain value");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }

  // The values above the last mark may be taken, those below it may not. After a refusal these answer a
  // harmless value, so that no caller needs to look.
  bool Has(size_t count) {
    const size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() >= floor + count) return true;
    Refuse("stack underflow");
    return false;
  }
  PickleValue* Top() { return Has(1) ? stack_.back() : &nothing_; }
  PickleValue* Pop() {
    PickleValue* top = Top();
    if (top != &nothing_) stack_.pop_back();
    return top;
  }
  Items PopTop(size_t count) {
    if (!Has(count)) return Items(count, &nothing_);
    Items items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  Items PopToMark() {
    if (marks_.empty()) {
      Refuse("no mark");
      return {};
    }
    const size_t mark = marks_.back();
    marks_.pop_back();
    Items items(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
    stack_.resize(mark);
    return items;
  }

  uint64_t LineIndex() {
    uint64_t index = 0;
    if (!absl::SimpleAtoi(AsPiece(reader_.Line()), &index)) Refuse("not a memo index");
    return index;
  }
  void Memoize(uint64_t index) { memo_[index] = Top(); }
  void Recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) return Refuse(Concat("nothing in the memo at ", index));
    stack_.push_back(found->second);
  }

  ByteReader reader_;
  Pickle pickle_;
  std::string problem_;
  bool stopped_ = false;
  PickleValue nothing_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

}  // namespace

const PickleValue* FindItem(const PickleValue& mapping, std::string_view key) {
  if (!mapping.IsMapping()) return nullptr;
  for (size_t i = mapping.items.size(); i >= 2; i -= 2) {
    if (mapping.items[i - 2]->IsString(key)) return mapping.items[i - 1];
  }
  return nullptr;
}

absl::StatusOr<Pickle> ReadPickle(std::string_view bytes) { return PickleMachine(bytes).Run(); }

}  // namespace pixelclip
