#pragma once

#include "codec/zip.h"

#include <cloudkit/result.h>

#include <string_view>
#include <vector>

namespace cloudkit::inline v0::codec {

/// For messages: zip entry "…": `what`.
Error bad_zip_entry(std::string_view name, std::string_view what);
/// Errors: `invalid_argument` for what is not a path of plain names, in UTF-8.
Status check_zip_name(std::string_view name);
/// Of sorted entries: none comes twice, and only directories have others below.
Status check_zip_tree(const std::vector<ZipEntry>& sorted);
/// Whether a symbolic link stays inside, whatever other links it goes through: `..` only at the beginning, and no more
/// than its own path has directories.
Status check_zip_link(std::string_view name, std::string_view target);

}  // namespace cloudkit::inline v0::codec
