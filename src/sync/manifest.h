#pragma once

#include "core/unique_fd.h"
#include "crypto/digest.h"
#include "sync/entry.h"
#include "sync/key_map.h"

#include <cloudkit/context.h>
#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a snapshot holds, a line of JSON for each object, by key: a header ahead of them; after them their number, and
/// the SHA-256 of all lines before. A plan is the same for a snapshot that is to be made.
namespace cloudkit::inline v0::syncing {

struct ManifestHeader {
  std::string source = {};  ///< "s3://reports"
  TimePoint started = {};
  TimePoint listed = {};
  Names names = Names::exact;
  std::vector<KeyRule> rules = {};  ///< So that what was left out is not taken for removed.
};

struct ManifestFooter {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;
  std::uint64_t vanished = 0;

  void add(const Entry& entry) noexcept;
  bool operator==(const ManifestFooter&) const = default;
};

class ManifestWriter {
 public:
  /// Makes the file, which is called `name` once it is finished; `path` is for messages. Errors: `io`, …
  static Result<ManifestWriter> create(int directory, std::string name, std::string path, const ManifestHeader& header);

  Status add(const Entry& entry);
  /// Lines as they are written already, and what all of them say.
  Status add_line(std::string_view line) { return write(line); }
  void set_counts(const ManifestFooter& counts) noexcept { counts_ = counts; }
  /// Gives the file its name. Both are on the disk then, with `sync`.
  Status finish(bool sync);

 private:
  ManifestWriter(int directory, std::string name, std::string path, core::UniqueFd file);
  Status write(std::string_view line);
  Status flush();

  int directory_;
  std::string name_;
  std::string path_;
  core::UniqueFd file_;
  std::string buffer_;
  crypto::Sha256 digest_;
  ManifestFooter counts_;
};

/// Believes nothing: anybody may have written into the file.
class ManifestReader {
 public:
  /// Errors: `not_found`, `data_loss`, `io`.
  static Result<ManifestReader> open(int directory, const std::string& name, std::string path);
  /// For what is no file: `read` fills what it is given, less only at the end.
  using Read = std::function<Result<std::size_t>(std::span<char>)>;
  static Result<ManifestReader> read_from(Read read, std::string path);
  /// For text in memory.
  static Result<ManifestReader> parse(std::string text);

  const ManifestHeader& header() const noexcept { return header_; }
  /// Nothing at the end, once the footer was found right. Errors: `data_loss`, naming the line; `io`.
  Result<std::optional<Entry>> next();
  /// As `next`, but the line itself, with its line feed, until the next call. The counts at the end are not checked
  /// then.
  Result<std::optional<std::string_view>> next_text();
  /// Whether all lines have the SHA-256 that the end says, at any moment. Errors: `data_loss`; `io`.
  Status check_digest(const Context& context) const;
  /// After the end.
  const ManifestFooter& footer() const noexcept { return footer_; }
  int file() const noexcept { return file_.get(); }

 private:
  ManifestReader(core::UniqueFd file, std::string path);
  Status read_header();
  Result<std::optional<std::string_view>> next_of_entries();
  Result<std::optional<std::string_view>> next_line();
  Result<std::size_t> read_some(std::span<char> out);
  Status check_footer(std::string_view line);
  Error damaged(std::string_view why) const;

  core::UniqueFd file_;
  Read read_;  // Instead of the file.
  std::string path_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool at_end_ = false;
  std::uint64_t line_ = 0;
  std::string last_key_;
  crypto::Sha256 digest_;
  ManifestHeader header_;
  ManifestFooter seen_;
  bool skipped_ = false;  // What `seen_` has is less than all.
  ManifestFooter footer_;
};

/// Header and footer alone; what is between them is not looked at. Errors: as `ManifestReader`.
Result<std::pair<ManifestHeader, ManifestFooter>> read_summary(int directory, const std::string& name,
                                                               const std::string& path);

}  // namespace cloudkit::inline v0::syncing
