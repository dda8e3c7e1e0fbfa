#include "function_runtime/start_check.h"

#include "codec/elf.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::function_runtime {
namespace {

using codec::ElfMachine;

constexpr std::string_view kHowToBuild =
    "link it fully static, as cloudkit_add_function() does, or build it on the system that it shall run on";

// Amazon Linux 2. What 2023 has, 2.34, is in FunctionCapabilities:
// https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
constexpr std::string_view kGlibcOfAl2 = "2.26";

// Parts of glibc and of GCC's runtime: with any glibc that is new enough.
constexpr std::array<std::string_view, 12> kSystemLibraries{
    "libc.so.6",      "libm.so.6",     "libpthread.so.0", "libdl.so.2",  "librt.so.1",  "libutil.so.1",
    "libresolv.so.2", "libgcc_s.so.1", "libstdc++.so.6",  "libanl.so.1", "libnsl.so.1", "ld-linux-x86-64.so.2"};

ElfMachine wanted_machine(Architecture architecture) {
  if (architecture == Architecture::x86_64) return ElfMachine::x86_64;
  if (architecture == Architecture::arm64) return ElfMachine::arm64;
#if defined(__aarch64__)
  return ElfMachine::arm64;
#elif defined(__x86_64__)
  return ElfMachine::x86_64;
#else
  return ElfMachine::other;
#endif
}

std::string_view name_of(ElfMachine machine) {
  if (machine == ElfMachine::x86_64) return "x86_64";
  return machine == ElfMachine::arm64 ? "arm64" : "another machine";
}

std::string_view interpreter_of(ElfMachine machine) {
  return machine == ElfMachine::arm64 ? "/lib/ld-linux-aarch64.so.1" : "/lib64/ld-linux-x86-64.so.2";
}

// {2, 34} of "2.34"; what is no version is the oldest.
std::array<std::uint64_t, 3> version_of(std::string_view text) {
  std::array<std::uint64_t, 3> parts{};
  for (std::uint64_t& part : parts) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    part = core::parse_u64(text.substr(0, dot)).value_or(0);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return parts;
}

// The newest that a program needs, "2.38"; empty when it needs none.
std::string needed_glibc(const codec::ElfProgram& program) {
  constexpr std::string_view kPrefix = "GLIBC_";
  std::string newest;
  for (const std::string& version : program.versions) {
    if (!version.starts_with(kPrefix)) continue;
    std::string number = version.substr(kPrefix.size());
    if (newest.empty() || version_of(number) > version_of(newest)) newest = std::move(number);
  }
  return core::printable_excerpt(newest, 40);
}

std::vector<std::string> doubts(const codec::ElfProgram& elf, std::string_view glibc,
                                const std::function<bool(const std::string&)>& is_packed) {
  if (elf.interpreter != interpreter_of(elf.machine)) {
    return {fmt::format("bootstrap asks for the dynamic linker {}, which the function's system lacks: {}",
                        core::printable_excerpt(elf.interpreter, 120), kHowToBuild)};
  }
  std::vector<std::string> found;
  const std::string needed = needed_glibc(elf);
  if (!needed.empty() && version_of(needed) > version_of(glibc)) {
    found.push_back(
        fmt::format("bootstrap needs glibc {}, the function's system has {}: {}", needed, glibc, kHowToBuild));
  }
  std::string missing;
  for (const std::string& library : elf.libraries) {
    const bool system =
        std::find(kSystemLibraries.begin(), kSystemLibraries.end(), library) != kSystemLibraries.end() ||
        library.starts_with("ld-linux-");
    // LD_LIBRARY_PATH there: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    if (!system && !is_packed("lib/" + library) && !is_packed(library)) {
      core::append_listed(missing, core::printable_excerpt(library, 80));
    }
  }
  if (!missing.empty()) {
    found.push_back(
        fmt::format("bootstrap needs {}, which the function's system may lack: put it into lib/ of the package, "
                    "or {}",
                    missing, kHowToBuild));
  }
  return found;
}

}  // namespace

bool is_native(std::string_view runtime) { return runtime == "native" || runtime.starts_with("provided"); }

Result<std::vector<std::string>> check_program(std::string_view program, const FunctionSpec& spec,
                                               const FunctionCapabilities& limits,
                                               const std::function<bool(const std::string&)>& is_packed) {
  if (program.starts_with("#!")) return std::vector<std::string>();
  if (!codec::is_elf(program)) {
    return core::invalid_argument("bootstrap is neither an ELF program nor a script that begins with #!",
                                  "a program for macOS or Windows does not run there: build it for Linux");
  }
  auto elf = codec::read_elf(program);
  if (!elf) {
    Error error = std::move(elf).error();
    error.message = "bootstrap: " + error.message;
    return error;
  }
  const ElfMachine wanted = wanted_machine(spec.architecture);
  if (elf->machine != wanted) {
    return core::invalid_argument(
        fmt::format("bootstrap is for {}, the function for {}", name_of(elf->machine), name_of(wanted)),
        "build it for the other, or set FunctionSpec::architecture");
  }
  if (limits.glibc.empty() || elf->interpreter.empty()) return std::vector<std::string>();
  return doubts(*elf, spec.runtime == "provided.al2" ? kGlibcOfAl2 : limits.glibc, is_packed);
}

std::vector<std::string> check_handler(const FunctionSpec& spec,
                                       const std::function<bool(const std::string&)>& is_packed) {
  // "package/app.handler" and "package.app.handler" are the same module.
  const std::size_t dot = spec.handler.rfind('.');
  if (!spec.runtime.starts_with("python") || dot == std::string::npos) return {};
  std::string module = spec.handler.substr(0, dot);
  std::replace(module.begin(), module.end(), '.', '/');
  if (is_packed(module + ".py") || is_packed(module + "/__init__.py")) return {};
  return {fmt::format("the handler {} needs {}.py, which the package does not have",
                      core::printable_excerpt(spec.handler, 130), core::printable_excerpt(module, 130))};
}

}  // namespace cloudkit::inline v0::function_runtime
