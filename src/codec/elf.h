#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::codec {

enum class ElfMachine { x86_64, arm64, other };

/// What a program asks of the system that starts it.
struct ElfProgram {
  ElfMachine machine = ElfMachine::other;
  std::string interpreter = {};             ///< The dynamic linker's path; empty: static.
  std::vector<std::string> libraries = {};  ///< "libc.so.6".
  std::vector<std::string> versions = {};   ///< Of symbols in them, without weak ones: "GLIBC_2.34".
};

bool is_elf(std::string_view bytes) noexcept;

/// Reads what the kernel and the dynamic linker read, of any bytes: no sections, nothing beyond the file. Of another
/// machine or of 32 bits only `machine` is told. Errors: `invalid_argument` for a file that is cut off or contradicts
/// itself. https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
Result<ElfProgram> read_elf(std::string_view bytes);

}  // namespace cloudkit::inline v0::codec
