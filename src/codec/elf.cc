#include "codec/elf.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace cloudkit::inline v0::codec {
namespace {

constexpr std::string_view kMagic =
    "\x7F"
    "ELF";
constexpr char kClass64 = 2;
constexpr char kLittleEndian = 1;
constexpr std::uint64_t kMachineX86 = 62;
constexpr std::uint64_t kMachineArm = 183;

constexpr std::uint64_t kLoad = 1;
constexpr std::uint64_t kDynamic = 2;
constexpr std::uint64_t kInterpreter = 3;
constexpr std::uint64_t kProgramHeader = 56;  // Bytes, as those below.
constexpr std::uint64_t kDynamicEntry = 16;
constexpr std::uint64_t kVersionNeed = 16;

constexpr std::uint64_t kEnd = 0;
constexpr std::uint64_t kNeeded = 1;
constexpr std::uint64_t kStrings = 5;
constexpr std::uint64_t kStringsSize = 10;
constexpr std::uint64_t kVersions = 0x6ffffffe;
constexpr std::uint64_t kVersionsCount = 0x6fffffff;
constexpr std::uint64_t kWeak = 2;

// No program has as many; a hostile one may say so.
constexpr std::size_t kMaxRecords = 10'000;
constexpr std::size_t kLongestElfText = 4096;  // PATH_MAX, which is as much as the kernel takes of an interpreter.
// What the kernel takes: load_elf_phdrs in https://github.com/torvalds/linux/blob/v6.1/fs/binfmt_elf.c
constexpr std::uint64_t kMaxSegmentTable = 65536;

struct Segment {
  std::uint64_t type, offset, address, size;
};

class ElfReader {
 public:
  explicit ElfReader(std::string_view bytes) : bytes_(bytes) {}

  Result<ElfProgram> read() {
    ElfProgram program;
    if (!is_elf(bytes_) || bytes_.size() < 20) return broken("its header");
    const std::uint64_t machine = number(18, 2);
    const bool known = bytes_[4] == kClass64 && bytes_[5] == kLittleEndian;
    if (known && machine == kMachineX86) program.machine = ElfMachine::x86_64;
    if (known && machine == kMachineArm) program.machine = ElfMachine::arm64;
    if (program.machine == ElfMachine::other) return program;
    read_segments();
    if (const auto name = first(kInterpreter)) program.interpreter = text(*name, 0);
    if (const auto table = first(kDynamic)) read_dynamic(*table, program);
    if (wrong_ != nullptr) return broken(wrong_);
    return program;
  }

 private:
  static Error broken(std::string_view what) {
    return core::invalid_argument(fmt::format("this is no ELF program that could start: {} is cut off or wrong", what));
  }

  // Of several none but the first counts.
  std::optional<std::string_view> first(std::uint64_t type) {
    for (const Segment& segment : segments_) {
      if (segment.type == type) return slice(segment.offset, segment.size);
    }
    return std::nullopt;
  }

  void read_segments() {
    const std::uint64_t offset = number(32, 8);
    const std::uint64_t size = number(54, 2);
    const std::uint64_t count = number(56, 2);
    if (size < kProgramHeader || count == 0) return spoil("its header");
    if (count * size > kMaxSegmentTable) return spoil("the table of segments");
    for (std::uint64_t i = 0; i < count && wrong_ == nullptr; ++i) {
      const std::string_view header = slice(offset + i * size, kProgramHeader);
      if (header.empty()) return spoil("the table of segments");
      segments_.push_back(
          {number_in(header, 0, 4), number_in(header, 8, 8), number_in(header, 16, 8), number_in(header, 32, 8)});
    }
  }

  void read_dynamic(std::string_view table, ElfProgram& program) {
    std::vector<std::uint64_t> needed;
    std::uint64_t strings = 0, strings_size = 0, versions = 0, count = 0;
    for (std::size_t at = 0; at + kDynamicEntry <= table.size(); at += kDynamicEntry) {
      const std::uint64_t tag = number_in(table, at, 8);
      const std::uint64_t value = number_in(table, at + 8, 8);
      if (tag == kEnd || !may_go_on()) break;
      if (tag == kNeeded) needed.push_back(value);
      if (tag == kStrings) strings = value;
      if (tag == kStringsSize) strings_size = value;
      if (tag == kVersions) versions = value;
      if (tag == kVersionsCount) count = value;
    }
    if (needed.empty() && count == 0) return;
    const std::string_view names = mapped(strings, strings_size);
    for (const std::uint64_t name : needed) program.libraries.push_back(text(names, name));
    if (count != 0) read_versions(versions, count, names, program);
  }

  void read_versions(std::uint64_t address, std::uint64_t count, std::string_view names, ElfProgram& program) {
    for (std::uint64_t i = 0; i < count && may_go_on(); ++i) {
      const std::string_view library = mapped(address, kVersionNeed);
      if (library.empty()) return;
      std::uint64_t version = address + number_in(library, 8, 4);
      for (std::uint64_t rest = number_in(library, 2, 2); rest > 0 && may_go_on(); --rest) {
        const std::string_view record = mapped(version, kVersionNeed);
        if (record.empty()) return;
        if ((number_in(record, 4, 2) & kWeak) == 0) program.versions.push_back(text(names, number_in(record, 8, 4)));
        version += number_in(record, 12, 4);
      }
      address += number_in(library, 12, 4);
    }
  }

  bool may_go_on() { return wrong_ == nullptr && ++records_ < kMaxRecords; }

  // What lies at an address of the running program.
  std::string_view mapped(std::uint64_t address, std::uint64_t size) {
    for (const Segment& segment : segments_) {
      if (segment.type != kLoad || address < segment.address) continue;
      const std::uint64_t skip = address - segment.address;
      if (skip <= segment.size && size <= segment.size - skip) return slice(segment.offset + skip, size);
    }
    spoil("an address");
    return {};
  }

  std::string_view slice(std::uint64_t offset, std::uint64_t size) {
    if (offset <= bytes_.size() && size <= bytes_.size() - offset) return bytes_.substr(offset, size);
    spoil("a segment");
    return {};
  }

  std::string text(std::string_view table, std::uint64_t offset) {
    const std::string_view name = offset < table.size() ? table.substr(offset, kLongestElfText) : std::string_view();
    const std::size_t end = name.find('\0');
    if (end == name.npos) {
      spoil("a name");
      return {};
    }
    return std::string(name.substr(0, end));
  }

  std::uint64_t number(std::uint64_t offset, std::size_t size) { return number_in(slice(offset, size), 0, size); }

  static std::uint64_t number_in(std::string_view bytes, std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    if (offset + size > bytes.size()) return 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return value;
  }

  void spoil(const char* what) {
    if (wrong_ == nullptr) wrong_ = what;
  }

  std::string_view bytes_;
  std::vector<Segment> segments_;
  const char* wrong_ = nullptr;
  std::size_t records_ = 0;  // Of any table.
};

}  // namespace

bool is_elf(std::string_view bytes) noexcept { return bytes.starts_with(kMagic); }

Result<ElfProgram> read_elf(std::string_view bytes) { return ElfReader(bytes).read(); }

}  // namespace cloudkit::inline v0::codec
