#include "codec/zip_names.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::codec {
namespace {

constexpr std::size_t kMaxName = 4000;    // Linux' PATH_MAX of 4096 less a directory to unpack to.
constexpr std::size_t kMaxSegment = 255;  // Linux' NAME_MAX.

// The part of `path` before the first slash, which it is cut from.
std::string_view take_name(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view name = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return name;
}

}  // namespace

Error bad_zip_entry(std::string_view name, std::string_view what) {
  return core::invalid_argument(fmt::format("zip entry \"{}\": {}", core::printable_excerpt(name, 120), what));
}

Status check_zip_name(std::string_view name) {
  if (name.empty()) return bad_zip_entry(name, "it has no name");
  if (name.size() > kMaxName) return bad_zip_entry(name, fmt::format("its name is longer than {} bytes", kMaxName));
  if (name.front() == '/') return bad_zip_entry(name, "its name is an absolute path");
  if (name.find('\\') != name.npos) return bad_zip_entry(name, "its name has a backslash");
  if (!core::is_valid_utf8(name) || core::has_control_character(name)) {
    return bad_zip_entry(name, "its name is not printable UTF-8");
  }
  if (name.back() == '/') return bad_zip_entry(name, "its name has an empty part");
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view part = take_name(rest);
    if (part.empty()) return bad_zip_entry(name, "its name has an empty part");
    if (part == "." || part == "..") return bad_zip_entry(name, fmt::format("its name has a part \"{}\"", part));
    if (part.size() > kMaxSegment)
      return bad_zip_entry(name, fmt::format("a part of its name is longer than {} bytes", kMaxSegment));
  }
  return {};
}

Status check_zip_tree(const std::vector<ZipEntry>& sorted) {
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].name == sorted[i - 1].name) return bad_zip_entry(sorted[i].name, "it comes twice");
  }
  for (const ZipEntry& entry : sorted) {
    // "a-b" is between "a" and "a/b".
    for (std::size_t slash = entry.name.find('/'); slash != std::string::npos;
         slash = entry.name.find('/', slash + 1)) {
      const std::string_view above = std::string_view(entry.name).substr(0, slash);
      const auto found =
          std::lower_bound(sorted.begin(), sorted.end(), above,
                           [](const ZipEntry& other, std::string_view name) { return other.name < name; });
      if (found != sorted.end() && found->name == above && found->kind != ZipEntryKind::directory) {
        return bad_zip_entry(
            entry.name, fmt::format("it lies below {}, which is no directory", core::printable_excerpt(above, 120)));
      }
    }
  }
  return {};
}

Status check_zip_link(std::string_view name, std::string_view target) {
  const auto leads_out = [&] {
    return bad_zip_entry(
        name, fmt::format("it is a symbolic link to \"{}\", which may lead out", core::printable_excerpt(target, 120)));
  };
  if (target.empty() || target.size() > kMaxName || target.front() == '/' || target.find('\0') != target.npos)
    return leads_out();
  auto depth = std::count(name.begin(), name.end(), '/');
  bool descends = false;
  for (std::string_view rest = target; !rest.empty();) {
    const std::string_view part = take_name(rest);
    if (part == "..") {
      // Behind another name it would be the parent of wherever that one leads to.
      if (descends || depth-- == 0) return leads_out();
    } else if (!part.empty() && part != ".") {
      descends = true;
    }
  }
  return {};
}

}  // namespace cloudkit::inline v0::codec
