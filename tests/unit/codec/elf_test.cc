#include "codec/elf.h"

#include "support/raw_zip.h"
#include "support/read_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace cloudkit;
using codec::ElfMachine;
using ::test::append_number;

namespace {

constexpr std::uint64_t kBase = 0x400000;

struct Shape {
  unsigned machine = 62;
  unsigned elf_class = 2;
  std::string interpreter = "/lib64/ld-linux-x86-64.so.2";
  std::uint64_t strings = 0;  // Instead of where the names are.
  std::uint64_t verneed_count = 1;
  std::uint64_t next = 0;  // From one library to the next.
  unsigned flags = 0;
  unsigned symbols = 1;
};

void append_segment(std::string& out, unsigned type, std::uint64_t offset, std::uint64_t size) {
  append_number(out, type, 4);
  append_number(out, 4, 4);
  append_number(out, offset, 8);
  append_number(out, kBase + offset, 8);
  append_number(out, kBase + offset, 8);
  append_number(out, size, 8);
  append_number(out, size, 8);
  append_number(out, 1, 8);
}

// One file, mapped as it is: header, three segments, interpreter, names, versions, dynamic table.
std::string program(const Shape& shape = {}) {
  const std::string names = std::string("\0libc.so.6\0GLIBC_2.38\0", 23);
  const std::uint64_t interpreter_at = 64 + 3 * 56;
  const std::uint64_t names_at = interpreter_at + shape.interpreter.size() + 1;
  const std::uint64_t versions_at = names_at + names.size();
  const std::uint64_t dynamic_at = versions_at + 32;
  const std::uint64_t end = dynamic_at + 6 * 16;
  std::string out = std::string(
                        "\x7F"
                        "ELF") +
                    static_cast<char>(shape.elf_class) + "\x01\x01" + std::string(9, '\0');
  append_number(out, 3, 2);
  append_number(out, shape.machine, 2);
  append_number(out, 1, 4);
  append_number(out, kBase, 8);
  append_number(out, 64, 8);
  append_number(out, 0, 8);
  append_number(out, 0, 4);
  for (const std::uint64_t value : {64, 56, 3, 64, 0, 0}) append_number(out, value, 2);
  append_segment(out, 1, 0, end);
  append_segment(out, 3, interpreter_at, shape.interpreter.size() + 1);
  append_segment(out, 2, dynamic_at, 6 * 16);
  out += shape.interpreter + '\0' + names;
  append_number(out, 1, 2);  // Version.
  append_number(out, shape.symbols, 2);
  append_number(out, 1, 4);
  append_number(out, 16, 4);
  append_number(out, shape.next, 4);
  append_number(out, 0, 4);
  append_number(out, shape.flags, 2);
  append_number(out, 2, 2);
  append_number(out, 11, 4);
  append_number(out, 0, 4);
  const std::pair<std::uint64_t, std::uint64_t> dynamic[] = {{1, 1},
                                                             {5, shape.strings != 0 ? shape.strings : kBase + names_at},
                                                             {10, names.size()},
                                                             {0x6ffffffe, kBase + versions_at},
                                                             {0x6fffffff, shape.verneed_count},
                                                             {0, 0}};
  for (const auto& [tag, value] : dynamic) {
    append_number(out, tag, 8);
    append_number(out, value, 8);
  }
  return out;
}

std::string elf_refused(const std::string& bytes) {
  const auto read = codec::read_elf(bytes);
  if (read) return "taken";
  CHECK(read.error().code == ErrorCode::invalid_argument);
  return read.error().message;
}

}  // namespace

TEST_CASE("what a program asks for") {
  const auto elf = codec::read_elf(program()).value();
  CHECK(elf.machine == ElfMachine::x86_64);
  CHECK(elf.interpreter == "/lib64/ld-linux-x86-64.so.2");
  CHECK(elf.libraries == std::vector<std::string>{"libc.so.6"});
  CHECK(elf.versions == std::vector<std::string>{"GLIBC_2.38"});
  CHECK(codec::read_elf(program({.machine = 183})).value().machine == ElfMachine::arm64);
  CHECK(codec::read_elf(program({.flags = 2})).value().versions.empty());
}

TEST_CASE("of other machines only that they are") {
  for (const Shape& other : {Shape{.machine = 243}, Shape{.elf_class = 1}}) {
    const auto elf = codec::read_elf(program(other)).value();
    CHECK(elf.machine == ElfMachine::other);
    CHECK(elf.libraries.empty());
  }
}

TEST_CASE("a program of this machine asks for the C library") {
  const std::string self = ::test::read_file("/proc/self/exe");
  REQUIRE(codec::is_elf(self));
  const auto elf = codec::read_elf(self).value();
  CHECK(elf.machine != ElfMachine::other);
  CHECK(elf.interpreter.find("ld-linux") != std::string::npos);
  CHECK(std::count(elf.libraries.begin(), elf.libraries.end(), "libc.so.6") == 1);
  CHECK(std::any_of(elf.versions.begin(), elf.versions.end(), [](const auto& v) { return v.starts_with("GLIBC_2."); }));
}

TEST_CASE("what is cut off or contradicts itself is refused") {
  const std::string whole = program();
  for (std::size_t size = 0; size < whole.size() - 1; ++size) {
    CAPTURE(size);
    CHECK(elf_refused(whole.substr(0, size)) != "taken");
  }
  CHECK(elf_refused("#!/bin/sh\n").find("its header") != std::string::npos);
  CHECK(elf_refused(program({.strings = 0xFFFFFFFFFFFFFFF0})).find("an address") != std::string::npos);
  // Each step stays where it is, but it ends.
  CHECK(elf_refused(program({.verneed_count = UINT64_MAX, .flags = 2, .symbols = 65535})) == "taken");
  CHECK(elf_refused(program({.verneed_count = 2, .next = 0xFFFFFFF0})).find("an address") != std::string::npos);
}

// Each segment of a type claims all that is behind the table.
std::string many_segments(unsigned type, std::uint64_t count, std::size_t size) {
  std::string out = program().substr(0, 56);
  append_number(out, count, 2);
  out.resize(64, '\0');
  append_segment(out, 1, 0, size);
  const std::uint64_t behind = 64 + count * 56;
  for (std::uint64_t i = 1; i < count; ++i) append_segment(out, type, behind, size - behind);
  out.resize(size, 'x');
  return out + '\0';
}

// Read for each segment, it would be terabytes, and no end of this test.
TEST_CASE("of a hostile table of segments the file is not read for each") {
  constexpr std::size_t kSize = std::size_t{32} << 20;
  for (const unsigned type : {2U, 3U}) {
    CAPTURE(type);
    CHECK(elf_refused(many_segments(type, 65535, kSize)).find("the table of segments") != std::string::npos);
    CHECK(elf_refused(many_segments(type, 1170, kSize)) != "");
  }
  CHECK(elf_refused(many_segments(3, 2, kSize)).find("a name") != std::string::npos);  // An interpreter of 32 MiB.
}

TEST_CASE("a name has at most as many bytes as the kernel takes") {
  CHECK(codec::read_elf(program({.interpreter = '/' + std::string(4094, 'x')})).value().interpreter.size() == 4095);
  CHECK(elf_refused(program({.interpreter = '/' + std::string(4095, 'x')})).find("a name") != std::string::npos);
}

TEST_CASE("any single wrong byte is survived") {
  const std::string whole = program();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int wrong : {0x00, 0x7F, 0xFF}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(wrong);
      (void)codec::read_elf(bytes);
    }
  }
}
