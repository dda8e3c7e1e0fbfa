#include "function_runtime/package.h"

#include "codec/zip.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "crypto/digest.h"
#include "function_runtime/package_files.h"
#include "function_runtime/start_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace cloudkit::inline v0::function_runtime {
namespace {

using codec::ZipEntry;
using codec::ZipEntryKind;
using codec::ZipReader;

constexpr std::string_view kBootstrap = "bootstrap";
constexpr std::string_view kLambdaQuotas = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
// Where the runtime has no limit: what one process can hold, packed and unpacked.
constexpr std::uint64_t kMaxCode = std::uint64_t{1} << 30;

constexpr unsigned kUnnamedDirectory = 0755;

std::uint64_t limit_or_ours(std::uint64_t limit) { return limit != 0 ? limit : kMaxCode; }

// A directory that has nothing in it, which zips of other programs name too when it has.
bool is_empty_directory(const std::vector<ZipEntry>& entries, std::size_t index) {
  const std::string prefix = entries[index].name + '/';
  const auto below = std::lower_bound(entries.begin(), entries.end(), prefix,
                                      [](const ZipEntry& entry, const std::string& name) { return entry.name < name; });
  return below == entries.end() || !below->name.starts_with(prefix);
}

// Who may read, write and run what counts; a link's own mode means nothing, and systems differ in it.
std::string digest_line(std::string_view kind, const ZipEntry& entry, std::string_view contents) {
  const unsigned mode = entry.kind == ZipEntryKind::symlink ? 0 : entry.mode & 0777U;
  return fmt::format("{} {:03o} {} {}\n", kind, mode, contents, entry.name);
}

// One line an entry, so that no two trees have the same text: names have no control characters.
Result<std::string> digest_of(const ZipReader& zip) {
  crypto::Sha256 digest;
  const auto& entries = zip.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ZipEntry& entry = entries[i];
    if (entry.kind == ZipEntryKind::directory) {
      // One that has something in it counts only where it is not as those that no zip names.
      if (is_empty_directory(entries, i) || (entry.mode & 0777U) != kUnnamedDirectory) {
        digest.update(digest_line("directory", entry, {}));
      }
      continue;
    }
    const auto contents = zip.read(entry);
    if (!contents) return contents.error();
    const bool is_link = entry.kind == ZipEntryKind::symlink;
    digest.update(digest_line(is_link ? "link" : "file", entry, core::hex_encode(crypto::sha256(*contents))));
  }
  return core::hex_encode(digest.finish());
}

const ZipEntry* find(const ZipReader& zip, std::string_view name) {
  const auto& entries = zip.entries();
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const ZipEntry& entry) { return entry.name == name; });
  return found == entries.end() || found->kind == ZipEntryKind::directory ? nullptr : &*found;
}

// On another system, which has a glibc of its own, code is run by another user than the owner that the zip means.
// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
bool is_run_by_others(const FunctionCapabilities& limits) { return !limits.glibc.empty(); }

std::vector<std::string> check_modes(const ZipReader& zip, const FunctionCapabilities& limits) {
  if (!is_run_by_others(limits)) return {};
  for (const ZipEntry& entry : zip.entries()) {
    const bool is_directory = entry.kind == ZipEntryKind::directory;
    const unsigned needed = is_directory ? 0005U : 0004U;
    if (entry.kind == ZipEntryKind::symlink || (entry.mode & needed) == needed) continue;
    return {fmt::format("{} has the mode {:04o}, and the function's user cannot read it: chmod {} before it is packed",
                        core::printable_excerpt(entry.name, 200), entry.mode & 0777U, is_directory ? "755" : "644")};
  }
  return {};
}

Result<std::vector<std::string>> check_bootstrap(const ZipReader& zip, const FunctionSpec& spec,
                                                 const FunctionCapabilities& limits) {
  const ZipEntry* bootstrap = find(zip, kBootstrap);
  if (bootstrap == nullptr) {
    return core::invalid_argument(fmt::format("the package has no file {} at its top", kBootstrap),
                                  "a native function is a program of that name; FunctionCode::executable makes it one");
  }
  if (bootstrap->kind == ZipEntryKind::symlink) return std::vector<std::string>();
  if ((bootstrap->mode & 0100U) == 0) {
    return core::invalid_argument(fmt::format("{} is not executable", kBootstrap),
                                  "chmod +x bootstrap, before it is packed; zips made on Windows have no modes");
  }
  if (is_run_by_others(limits) && (bootstrap->mode & 0005U) != 0005U) {
    return core::invalid_argument(fmt::format("{} has the mode {:04o}: the function's user can neither read nor run it",
                                              kBootstrap, bootstrap->mode & 0777U),
                                  "chmod 755 bootstrap, before it is packed");
  }
  if (!limits.native) return std::vector<std::string>();
  const auto program = zip.read(*bootstrap);
  if (!program) return program.error();
  return check_program(*program, spec, limits, [&](const std::string& name) { return find(zip, name) != nullptr; });
}

void log_warnings(const FunctionSpec& spec, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    core::log(LogLevel::warn, warning, {{"function", spec.name}, {"code", spec.code.location()}});
  }
}

Status check_zip_size(std::uint64_t size, const FunctionCapabilities& limits) {
  if (limits.max_zip == 0 || size <= limits.max_zip) return {};
  return core::invalid_argument(
      fmt::format("the zip has {} bytes, more than {}", size, limits.max_zip),
      fmt::format("put it into a bucket and deploy it by FunctionCode::object, or deploy an image: {}", kLambdaQuotas));
}

// A zip, ready to be sent.
Result<FunctionPackage> finish(std::string bytes, const FunctionSpec& spec, const FunctionCapabilities& limits) {
  if (auto checked = check_zip_size(bytes.size(), limits); !checked) return std::move(checked).error();
  const auto zip = ZipReader::open(bytes, {.max_size = limit_or_ours(limits.max_code)});
  if (!zip) return zip.error();
  if (std::all_of(zip->entries().begin(), zip->entries().end(),
                  [](const ZipEntry& entry) { return entry.kind == ZipEntryKind::directory; })) {
    return core::invalid_argument("the zip has no files");
  }
  auto warnings = is_native(spec.runtime)
                      ? check_bootstrap(*zip, spec, limits)
                      : check_handler(spec, [&](const std::string& name) { return find(*zip, name) != nullptr; });
  if (!warnings) return std::move(warnings).error();
  log_warnings(spec, *warnings);
  log_warnings(spec, check_modes(*zip, limits));
  auto digest = digest_of(*zip);
  if (!digest) return std::move(digest).error();
  FunctionPackage package;
  package.digest = std::move(*digest);
  package.zip = std::move(bytes);
  return package;
}

Result<FunctionPackage> pack(Result<std::vector<codec::ZipFile>> files, const FunctionSpec& spec,
                             const FunctionCapabilities& limits) {
  if (!files) return std::move(files).error();
  auto bytes = codec::write_zip(std::move(*files));
  if (!bytes) return std::move(bytes).error();
  return finish(std::move(*bytes), spec, limits);
}

Result<FunctionPackage> pack_executable(const FunctionSpec& spec, const FunctionCapabilities& limits) {
  if (!is_native(spec.runtime)) {
    return core::invalid_argument(
        fmt::format("a program does not run in the runtime {}", core::printable_excerpt(spec.runtime, 40)),
        "leave FunctionSpec::runtime as it is, or deploy a directory");
  }
  auto program = read_file(spec.code.location(), std::string(kBootstrap), limit_or_ours(limits.max_code));
  if (!program) return std::move(program).error();
  if ((program->mode & 0100U) == 0) {
    return core::invalid_argument(
        fmt::format("{} is not executable", core::printable_excerpt(spec.code.location(), 200)),
        "is it the program? Then chmod +x it");
  }
  std::vector<codec::ZipFile> files;
  files.push_back(std::move(*program));
  return pack(std::move(files), spec, limits);
}

Result<FunctionPackage> read_zip(const FunctionSpec& spec, const FunctionCapabilities& limits) {
  std::error_code error;
  const auto size = std::filesystem::file_size(spec.code.location(), error);
  if (!error) {
    if (auto checked = check_zip_size(size, limits); !checked) return std::move(checked).error();
  }
  auto file = read_file(spec.code.location(), {}, limit_or_ours(limits.max_zip));
  if (!file) return std::move(file).error();
  return finish(std::move(file->contents), spec, limits);
}

Result<FunctionPackage> name_object(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t key = scheme == url.npos ? url.npos : url.find('/', scheme + 3);
  if (key == url.npos || key == scheme + 3 || key + 1 == url.size() || url[key + 1] == '?' ||
      core::has_control_character(url)) {
    return core::invalid_argument(fmt::format("{} names no object", core::printable_excerpt(url, 200)),
                                  "s3://BUCKET/KEY, or s3://BUCKET/KEY?versionId=ID");
  }
  FunctionPackage package;
  package.object_url = url;
  // The version "null" is what was put while the bucket kept none: another takes its place.
  constexpr std::string_view kVersion = "?versionId=";
  const std::size_t at = url.rfind(kVersion);
  const std::string_view version = at == url.npos ? "" : std::string_view(url).substr(at + kVersion.size());
  if (!version.empty() && version != "null") package.digest = core::hex_encode(crypto::sha256("object " + url));
  return package;
}

Result<FunctionPackage> name_image(const std::string& uri) {
  const bool plain =
      std::none_of(uri.begin(), uri.end(), [](char c) { return c == ' '; }) && !core::has_control_character(uri);
  if (!plain || uri.find("://") != uri.npos || uri.find('/') == uri.npos || uri.front() == '/') {
    return core::invalid_argument(fmt::format("{} names no image", core::printable_excerpt(uri, 200)),
                                  "REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…, without https://");
  }
  FunctionPackage package;
  package.image_uri = uri;
  if (uri.find("@sha256:") != uri.npos) package.digest = core::hex_encode(crypto::sha256("image " + uri));
  return package;
}

}  // namespace

Result<FunctionPackage> make_package(const FunctionSpec& spec, const FunctionCapabilities& limits) {
  const std::string& location = spec.code.location();
  switch (spec.code.kind()) {
    case FunctionCode::Kind::directory:
      return pack(read_directory(location, limit_or_ours(limits.max_code)), spec, limits);
    case FunctionCode::Kind::executable: return pack_executable(spec, limits);
    case FunctionCode::Kind::zip: return read_zip(spec, limits);
    case FunctionCode::Kind::object: return name_object(location);
    case FunctionCode::Kind::image: return name_image(location);
    case FunctionCode::Kind::none: break;
  }
  return core::invalid_argument("the spec has no code",
                                "FunctionCode::directory, executable, zip, object or image make one");
}

}  // namespace cloudkit::inline v0::function_runtime
