#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

/// What an object has besides its bytes, kept in the extended attribute `user.cloudkit` of its
/// file. Where that is not possible (no such attributes, or too many bytes for them) it is kept
/// in a sidecar in the same directory: `.ck-attr-INODE-SIZE-TIME`, which names the content that
/// it belongs to. It is complete before that content gets its own name, so that an object and
/// its attributes appear together and neither is ever taken for another's.
namespace cloudkit::inline v0::local {

struct Attributes {
  ContentHeaders content = {};
  Metadata metadata = {};

  bool empty() const;
};

/// Netstrings, in pairs of name and value. https://cr.yp.to/proto/netstrings.txt
std::string encode_attributes(const Attributes& attributes);
/// Nothing for text that is not from `encode_attributes`. Unknown names are left out.
std::optional<Attributes> decode_attributes(std::string_view text);

/// For a file in `directory` whose content and times are final. Errors: `io`, …
Status save_attributes(int directory, int file, const Attributes& attributes, bool sync);

struct LoadedAttributes {
  Attributes attributes = {};
  bool found = false;
};

/// `directory` is the path of the file's directory below `bucket`. Attributes that cannot be
/// read as such are logged and taken for none: the bytes are worth more than their headers.
Result<LoadedAttributes> load_attributes(int bucket, std::string_view directory, int file, const struct stat& state);

/// After the last name of the content `state` is gone from `directory`.
void remove_sidecar(int directory, const struct stat& state) noexcept;

}  // namespace cloudkit::inline v0::local
