#include "local/store_path.h"

#include "core/beneath.h"
#include "core/fail.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace cloudkit::inline v0::local {
namespace {

// Without doubled and trailing slashes; "/" stays.
std::string cleaned(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = core::take_segment(path);
    if (segment.empty()) continue;
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

}  // namespace

Result<std::string> directory_of(const Url& url) {
  const std::string form = "write " + url.scheme + ":///DIR, with three slashes";
  if (auto status = url.allow_only({}); !status) return status.error();
  if (!url.host.empty()) {
    return core::invalid_argument("a " + url.scheme + " URL names no host, but this one has \"" + url.host + "\"",
                                  form);
  }
  if (!url.path.starts_with('/')) return core::invalid_argument("the URL names no directory", form);
  for (std::string_view rest = url.path; !rest.empty();) {
    const std::string_view segment = core::take_segment(rest);
    if (segment == "." || segment == "..") {
      return core::invalid_argument("the path holds \"" + std::string(segment) + "\"", "write the whole path");
    }
  }
  return cleaned(url.path);
}

Result<std::string> absolute_directory(const std::string& directory) {
  if (directory.empty()) return core::invalid_argument("the store's directory is empty");
  if (directory.find('\0') != std::string::npos) return core::invalid_argument("the directory holds a NUL byte");
  if (directory.front() == '/') return cleaned(directory);
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr) return core::io_error("getcwd", errno);
  return cleaned(std::string(here.data()) + '/' + directory);
}

}  // namespace cloudkit::inline v0::local
