#pragma once

#include "codec/zip.h"

#include <cloudkit/result.h>

/// Part of the component `functions`: it links libzip.
namespace cloudkit::inline v0::local {

/// Unpacks into an empty directory: files and directories with their modes less what is not for others to write,
/// symbolic links last, so that nothing is written through one. Errors: `invalid_argument` for contents that are not
/// what the zip says, `io`; then the directory holds a part of it.
Status unzip_beneath(int directory, const codec::ZipReader& zip);

}  // namespace cloudkit::inline v0::local
