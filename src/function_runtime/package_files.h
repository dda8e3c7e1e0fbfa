#pragma once

#include "codec/zip.h"

#include <cloudkit/result.h>

#include <cstdint>
#include <string>
#include <vector>

/// Code as it lies on this machine.
namespace cloudkit::inline v0::function_runtime {

/// Everything below a directory, with modes 0755 and 0644. Symbolic links are followed as long as they lead to
/// something below it. Errors: `invalid_argument` for links that lead out or back into themselves, for devices and the
/// like, and when it is empty or larger than `max_size` bytes; `io`.
Result<std::vector<codec::ZipFile>> read_directory(const std::string& path, std::uint64_t max_size);

/// One regular file, `name` in the package, of whose `max_size` bytes `before` are taken. Errors: as above.
Result<codec::ZipFile> read_file(const std::string& path, std::string name, std::uint64_t max_size,
                                 std::uint64_t before = 0);

}  // namespace cloudkit::inline v0::function_runtime
