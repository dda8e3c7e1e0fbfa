#include "codec/zip.h"

#include "codec/zip_names.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <new>
#include <utility>

namespace cloudkit::inline v0::codec {
namespace {

// 1980-01-01 00:00:00, the first that a zip can say. Lambda unpacks it as it does any other.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = (1 << 5) | 1;
// Deflate makes at most 1032 bytes of one. https://www.zlib.net/zlib_tech.html
constexpr std::uint64_t kMaxRatio = 1032;
constexpr std::uint64_t kMaxLinkTarget = 4000;

// libzip's objects, and its reports of what went wrong.
struct ZipError {
  zip_error_t value{};
  ZipError() { zip_error_init(&value); }
  ~ZipError() { zip_error_fini(&value); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  std::string text() { return core::printable_excerpt(zip_error_strerror(&value), 200); }
};
struct DiscardZip {
  void operator()(zip_t* zip) const noexcept { zip_discard(zip); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const noexcept { zip_source_free(source); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};
template <class Owner>
void disown(Owner& owner) {
  [[maybe_unused]] const auto* others = owner.release();
}
using Zip = std::unique_ptr<zip_t, DiscardZip>;
using ZipSource = std::unique_ptr<zip_source_t, FreeSource>;

Error not_a_zip(std::string_view why) {
  return core::invalid_argument(fmt::format("this is no zip that can be used: {}", why));
}
// Of a zip that is made in memory there is nothing else that can fail.
[[noreturn]] void out_of_memory() { throw std::bad_alloc(); }

std::string_view without_slash(std::string_view name) {
  return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
}

Status check_files(const std::vector<ZipFile>& files) {
  std::vector<ZipEntry> entries;
  for (const ZipFile& file : files) {
    const std::string_view name = without_slash(file.name);
    if (auto checked = check_zip_name(name); !checked) return checked;
    const bool is_directory = name.size() < file.name.size();
    entries.push_back({std::string(name), is_directory ? ZipEntryKind::directory : ZipEntryKind::file});
  }
  std::sort(entries.begin(), entries.end(), [](const ZipEntry& a, const ZipEntry& b) { return a.name < b.name; });
  return check_zip_tree(entries);
}

void add_file(zip_t* zip, const ZipFile& file) {
  const bool is_directory = file.name.ends_with('/');
  zip_int64_t index = -1;
  if (is_directory) {
    index = zip_dir_add(zip, file.name.c_str(), ZIP_FL_ENC_UTF_8);
  } else {
    ZipSource source(zip_source_buffer(zip, file.contents.data(), file.contents.size(), 0));
    if (source) index = zip_file_add(zip, file.name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    if (index >= 0) disown(source);  // The zip's, from now on.
  }
  if (index < 0) out_of_memory();
  const auto entry = static_cast<zip_uint64_t>(index);
  const zip_uint32_t type = is_directory ? S_IFDIR : S_IFREG;
  zip_file_set_external_attributes(zip, entry, 0, ZIP_OPSYS_UNIX, (type | (file.mode & 07777U)) << 16);
  zip_file_set_dostime(zip, entry, kDosTime, kDosDate, 0);
}

std::string contents_of(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_open(source) != 0 || zip_source_stat(source, &stat) != 0) out_of_memory();
  std::string bytes(stat.size, '\0');
  const zip_int64_t count = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (count != static_cast<zip_int64_t>(bytes.size())) out_of_memory();
  return bytes;
}

// What a zip says about an entry, before it is believed.
Result<ZipEntry> describe(zip_t* zip, zip_uint64_t index) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &stat) != 0 || stat.name == nullptr)
    return not_a_zip(zip_strerror(zip));
  const std::string_view full_name = stat.name;
  ZipEntry entry;
  entry.name = without_slash(full_name);
  if (auto checked = check_zip_name(entry.name); !checked) return std::move(checked).error();
  if ((stat.valid & ZIP_STAT_SIZE) == 0 || (stat.valid & ZIP_STAT_COMP_SIZE) == 0 ||
      (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)) {
    return bad_zip_entry(full_name, "it is packed in a way that few programs know");
  }
  if (stat.encryption_method != ZIP_EM_NONE) return bad_zip_entry(full_name, "it is encrypted");
  if (stat.size / kMaxRatio > stat.comp_size) return bad_zip_entry(full_name, "it claims to hold more than it can");
  entry.size = stat.size;

  zip_uint8_t system = ZIP_OPSYS_DOS;
  zip_uint32_t attributes = 0;
  zip_file_get_external_attributes(zip, index, 0, &system, &attributes);
  const unsigned mode = system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X ? attributes >> 16 : 0;
  const bool is_directory = full_name.ends_with('/');
  entry.kind = is_directory ? ZipEntryKind::directory : S_ISLNK(mode) ? ZipEntryKind::symlink : ZipEntryKind::file;
  if ((mode & S_IFMT) != 0 && !is_directory && !S_ISREG(mode) && !S_ISLNK(mode)) {
    return bad_zip_entry(full_name, "it is neither a file, a directory nor a symbolic link");
  }
  entry.mode = (mode & 07777U) != 0 ? mode & 07777U : is_directory ? 0755U : 0644U;
  return entry;
}

}  // namespace

Result<std::string> write_zip(std::vector<ZipFile> files) {
  if (auto checked = check_files(files); !checked) return std::move(checked).error();
  std::sort(files.begin(), files.end(), [](const ZipFile& a, const ZipFile& b) { return a.name < b.name; });
  if (files.empty()) return core::invalid_argument("a zip needs a file");  // libzip would write nothing at all.
  ZipError error;
  ZipSource source(zip_source_buffer_create(nullptr, 0, 0, &error.value));
  if (!source) out_of_memory();
  zip_source_keep(source.get());  // The zip gives its own away when it is closed.
  Zip zip(zip_open_from_source(source.get(), ZIP_TRUNCATE, &error.value));
  if (!zip) {
    zip_source_free(source.get());
    out_of_memory();
  }
  for (const ZipFile& file : files) add_file(zip.get(), file);
  if (zip_close(zip.get()) != 0) out_of_memory();
  disown(zip);
  return contents_of(source.get());
}

struct ZipReader::State {
  State() = default;
  ~State() {
    if (zip != nullptr) zip_discard(zip);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  zip_t* zip = nullptr;
  std::vector<ZipEntry> entries;
  std::vector<zip_uint64_t> indices;  // Of the entry at the same place.
};

ZipReader::ZipReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

const std::vector<ZipEntry>& ZipReader::entries() const noexcept { return state_->entries; }

Result<ZipReader> ZipReader::open(std::string_view bytes, const ZipLimits& limits) {
  if (bytes.empty()) return not_a_zip("it is empty");  // libzip would begin one.
  ZipError error;
  ZipSource source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error.value));
  if (!source) out_of_memory();
  auto state = std::make_unique<State>();
  state->zip = zip_open_from_source(source.get(), ZIP_RDONLY, &error.value);
  if (state->zip == nullptr) return not_a_zip(error.text());
  disown(source);

  const auto count = static_cast<std::uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(state->zip, 0), 0));
  if (count > limits.max_entries) return not_a_zip(fmt::format("{} entries, more than {}", count, limits.max_entries));
  std::vector<std::pair<ZipEntry, zip_uint64_t>> found;
  std::uint64_t total = 0;
  for (zip_uint64_t index = 0; index < count; ++index) {
    auto entry = describe(state->zip, index);
    if (!entry) return std::move(entry).error();
    if (entry->size > limits.max_size - total) {
      return not_a_zip(fmt::format("unpacked it has more than {} bytes", limits.max_size));
    }
    total += entry->size;
    found.emplace_back(std::move(*entry), index);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.name < b.first.name; });
  for (auto& [entry, index] : found) {
    state->entries.push_back(std::move(entry));
    state->indices.push_back(index);
  }
  if (auto checked = check_zip_tree(state->entries); !checked) return std::move(checked).error();

  ZipReader reader(std::move(state));
  for (const ZipEntry& entry : reader.entries()) {
    if (entry.kind != ZipEntryKind::symlink) continue;
    if (entry.size > kMaxLinkTarget) return bad_zip_entry(entry.name, "it is a symbolic link with too long a target");
    const auto target = reader.read(entry);
    if (!target) return target.error();
    if (auto checked = check_zip_link(entry.name, *target); !checked) return std::move(checked).error();
  }
  return reader;
}

Result<std::string> ZipReader::read(const ZipEntry& entry) const {
  const auto place = static_cast<std::size_t>(&entry - state_->entries.data());
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(state_->zip, state_->indices.at(place), 0));
  if (!file) return bad_zip_entry(entry.name, core::printable_excerpt(zip_strerror(state_->zip), 200));
  std::string contents(entry.size, '\0');
  std::size_t have = 0;
  while (have < contents.size()) {
    const zip_int64_t count = zip_fread(file.get(), contents.data() + have, contents.size() - have);
    if (count < 0) return bad_zip_entry(entry.name, core::printable_excerpt(zip_file_strerror(file.get()), 200));
    if (count == 0) return bad_zip_entry(entry.name, "it is shorter than the zip says");
    have += static_cast<std::size_t>(count);
  }
  // The checksum is compared at the end, which only a read that finds it reaches.
  char more = 0;
  const zip_int64_t beyond = zip_fread(file.get(), &more, 1);
  if (beyond > 0) return bad_zip_entry(entry.name, "it is longer than the zip says");
  if (beyond < 0) return bad_zip_entry(entry.name, core::printable_excerpt(zip_file_strerror(file.get()), 200));
  return contents;
}

}  // namespace cloudkit::inline v0::codec
