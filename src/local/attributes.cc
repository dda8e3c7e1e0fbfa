#include "local/attributes.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/log.h"
#include "core/write_all.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace cloudkit::inline v0::local {
namespace {

constexpr char kAttributeName[] = "user.cloudkit";
constexpr std::string_view kMetadataPrefix = "metadata.";
constexpr std::size_t kMaxSize = std::size_t{1} << 20;

// The fields that are not metadata, by the names they are stored under.
template <class AnyAttributes>
auto named_fields(AnyAttributes& a) {
  using Field = std::pair<std::string_view, decltype(&a.content.type)>;
  return std::array<Field, 5>{{{"type", &a.content.type},
                               {"cache-control", &a.content.cache_control},
                               {"encoding", &a.content.encoding},
                               {"disposition", &a.content.disposition},
                               {"language", &a.content.language}}};
}

void append_netstring(std::string& out, std::string_view text) { out += fmt::format("{}:{},", text.size(), text); }

std::optional<std::string_view> take_netstring(std::string_view& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = core::parse_u64(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  if (!size || *size >= text.size() || text[static_cast<std::size_t>(*size)] != ',') return std::nullopt;
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(*size));
  text.remove_prefix(taken.size() + 1);
  return taken;
}

void set_field(Attributes& attributes, std::string_view name, std::string_view value) {
  if (name.starts_with(kMetadataPrefix)) {
    attributes.metadata.emplace(name.substr(kMetadataPrefix.size()), value);
    return;
  }
  for (const auto& [field_name, field] : named_fields(attributes)) {
    if (field_name == name) *field = value;
  }
}

// The name says which content it belongs to: also when an inode number is used again, and when
// another program writes into the file, no one finds what is another content's.
std::string sidecar_name(const struct stat& state) {
  return fmt::format("{}attr-{:x}-{:x}-{:x}.{:x}", kReservedPrefix, static_cast<std::uint64_t>(state.st_ino),
                     static_cast<std::uint64_t>(state.st_size), state.st_mtim.tv_sec, state.st_mtim.tv_nsec);
}

Status write_sidecar(int directory, const struct stat& state, std::string_view text, bool sync) {
  const std::string name = sidecar_name(state);
  const core::UniqueFd file(
      ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) return core::fs_error("create the sidecar " + name, errno);
  // Its name, too, is to be there before its content's: the two names need not be kept in their order.
  const bool written =
      core::write_all(file.get(), text) && (!sync || (::fsync(file.get()) == 0 && core::sync_directory(directory)));
  if (written) return {};
  const int error_number = errno;
  ::unlinkat(directory, name.c_str(), 0);
  return core::fs_error("write the sidecar " + name, error_number);
}

Result<std::string> read_whole(int file) {
  std::string text(kMaxSize, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::read(file, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fs_error("read a sidecar", errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

// Nothing when there is none for this content.
Result<std::optional<std::string>> read_sidecar(int bucket, std::string_view directory, const struct stat& state) {
  std::string path(directory);
  if (!path.empty()) path += '/';
  const core::UniqueFd file =
      core::open_beneath(bucket, path + sidecar_name(state), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG)
      return std::optional<std::string>();
    return core::fs_error("open a sidecar in " + std::string(directory), errno);
  }
  return read_whole(file.get()).map([](std::string text) { return std::optional<std::string>(std::move(text)); });
}

// Nothing when there are none, or the file system has no such thing.
Result<std::optional<std::string>> read_extended_attribute(int file) {
  // What fits in the first try is nearly everything: a block of ext4.
  for (std::string text(4096, '\0');; text.resize(text.size() * 4)) {
    const ssize_t size = ::fgetxattr(file, kAttributeName, text.data(), text.size());
    if (size >= 0) {
      text.resize(static_cast<std::size_t>(size));
      return std::optional<std::string>(std::move(text));
    }
    if (errno == ENODATA || errno == ENOTSUP) return std::optional<std::string>();
    if (errno != ERANGE || text.size() > kMaxSize) return core::fs_error("read attributes", errno);
  }
}

bool belongs_into_sidecar(int error_number) {
  return error_number == ENOTSUP || error_number == ENOSPC || error_number == E2BIG || error_number == ERANGE ||
         error_number == EDQUOT;
}

}  // namespace

bool Attributes::empty() const {
  const auto fields = named_fields(*this);
  return metadata.empty() && std::all_of(fields.begin(), fields.end(), [](const auto& f) { return f.second->empty(); });
}

std::string encode_attributes(const Attributes& attributes) {
  std::string out;
  for (const auto& [name, value] : named_fields(attributes)) {
    if (value->empty()) continue;
    append_netstring(out, name);
    append_netstring(out, *value);
  }
  for (const auto& [name, value] : attributes.metadata) {
    append_netstring(out, std::string(kMetadataPrefix) + name);
    append_netstring(out, value);
  }
  return out;
}

std::optional<Attributes> decode_attributes(std::string_view text) {
  Attributes attributes;
  while (!text.empty()) {
    const auto name = take_netstring(text);
    const auto value = name ? take_netstring(text) : std::nullopt;
    if (!value) return std::nullopt;
    set_field(attributes, *name, *value);
  }
  return attributes;
}

Status save_attributes(int directory, int file, const Attributes& attributes, bool sync) {
  if (attributes.empty()) return {};
  const std::string text = encode_attributes(attributes);
  if (text.size() > kMaxSize) {
    return core::invalid_argument(
        fmt::format("headers and metadata have {} bytes in all, more than {}", text.size(), kMaxSize));
  }
  if (::fsetxattr(file, kAttributeName, text.data(), text.size(), 0) == 0) return {};
  if (!belongs_into_sidecar(errno)) return core::fs_error("set attributes", errno);
  struct stat state{};
  if (::fstat(file, &state) != 0) return core::fs_error("stat", errno);
  return write_sidecar(directory, state, text, sync);
}

Result<LoadedAttributes> load_attributes(int bucket, std::string_view directory, int file, const struct stat& state) {
  auto text = read_extended_attribute(file);
  if (text && !*text) text = read_sidecar(bucket, directory, state);
  if (!text) return std::move(text).error();
  if (!*text) return LoadedAttributes{};
  auto decoded = decode_attributes(**text);
  if (!decoded) {
    core::log(LogLevel::warn, "the attributes of a file are damaged and taken for none", {{"directory", directory}});
    return LoadedAttributes{{}, true};
  }
  return LoadedAttributes{*std::move(decoded), true};
}

void remove_sidecar(int directory, const struct stat& state) noexcept try {
  ::unlinkat(directory, sidecar_name(state).c_str(), 0);
} catch (const std::bad_alloc&) {
  return;  // Perhaps why there is something to remove. What stays is hidden, and belongs to nothing.
}

}  // namespace cloudkit::inline v0::local
