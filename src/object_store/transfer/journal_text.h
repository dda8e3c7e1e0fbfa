#pragma once

#include <cloudkit/driver/object_store.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a journal says. One line a step, with the CRC-32C of its rest ahead of it, so that a line which was cut or
/// changed is known: it and what follows it count for nothing. Anybody may have written into the file.
namespace cloudkit::inline v0::object_store {

/// `kind name=value name=value`. Names are lower case; values may hold anything.
struct JournalRecord {
  std::string kind = {};
  std::map<std::string, std::string, std::less<>> values = {};

  /// "" for what is not there.
  const std::string& text(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name) const;
};

/// Ends with a line feed.
std::string to_line(const JournalRecord& record);

struct JournalText {
  std::vector<JournalRecord> records = {};
  std::size_t intact = 0;  ///< Bytes up to the first line that is none of ours.
};
JournalText read_journal(std::string_view text);

/// What an upload must still be like to go on with an earlier one.
struct UploadJob {
  std::string target = {};    ///< Store, bucket and key.
  std::string source = {};    ///< Which file, and which content of it.
  std::string settings = {};  ///< A digest of the headers, metadata and condition.

  bool operator==(const UploadJob&) const = default;
};

struct UploadState {
  UploadJob job = {};
  std::uint64_t part_size = 0;
  UploadId upload = {};
  std::string write_id = {};
  std::map<int, UploadPart> parts = {};
};

JournalRecord record_of(const UploadState& begun);
JournalRecord record_of(const UploadPart& part);
/// Nothing for a journal of anything else.
std::optional<UploadState> read_upload(const std::vector<JournalRecord>& records);

struct DownloadJob {
  std::string target = {};  ///< Store, bucket, key and version.
  std::string range = {};   ///< As it was asked for.

  bool operator==(const DownloadJob&) const = default;
};

struct DownloadState {
  DownloadJob job = {};
  std::string token = {};
  std::uint64_t size = 0;    ///< The object's.
  std::uint64_t offset = 0;  ///< Where the bytes that are read begin in the object.
  std::uint64_t length = 0;
  std::uint64_t part_size = 0;
  Checksum checksum = {};                             ///< The whole object's, if the service keeps one.
  std::map<std::uint64_t, std::uint64_t> parts = {};  ///< By index, the checksum of each one that is there.

  /// What the checksums of the parts are: together they are to be the whole object's.
  Checksum::Algorithm part_algorithm() const noexcept {
    return checksum.algorithm == Checksum::Algorithm::none ? Checksum::Algorithm::crc32c : checksum.algorithm;
  }
};

/// More parts than this are not worth a journal; nor is a journal believed that has them.
inline constexpr std::uint64_t kMostJournalParts = 1'000'000;

JournalRecord record_of(const DownloadState& begun);
JournalRecord record_of_range(std::uint64_t index, std::uint64_t checksum);
std::optional<DownloadState> read_download(const std::vector<JournalRecord>& records);

}  // namespace cloudkit::inline v0::object_store
