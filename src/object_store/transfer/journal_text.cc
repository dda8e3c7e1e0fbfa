#include "object_store/transfer/journal_text.h"

#include "core/encode.h"
#include "crypto/crc.h"
#include "object_store/transfer/plan.h"

#include <fmt/format.h>

#include <climits>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr std::string_view kUpload = "upload";
constexpr std::string_view kDownload = "download";
constexpr std::string_view kPart = "part";
constexpr std::string_view kRange = "range";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kCrcSize = 8;

std::string crc_of(std::string_view text) { return fmt::format("{:08x}", crypto::crc32c(0, text)); }

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return word;
}

std::optional<JournalRecord> parse_line(std::string_view line) {
  if (line.size() < kCrcSize + 1 || line[kCrcSize] != ' ') return std::nullopt;
  std::string_view rest = line.substr(kCrcSize + 1);
  if (line.substr(0, kCrcSize) != crc_of(rest)) return std::nullopt;
  JournalRecord record;
  record.kind = take_word(rest);
  if (!is_name(record.kind)) return std::nullopt;
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || !is_name(word.substr(0, equals))) return std::nullopt;
    auto value = core::percent_decode(word.substr(equals + 1));
    if (!value || !record.values.emplace(word.substr(0, equals), *std::move(value)).second) return std::nullopt;
  }
  return record;
}

bool begins_with(const std::vector<JournalRecord>& records, std::string_view kind) {
  return !records.empty() && records[0].kind == kind && records[0].text("version") == kVersion;
}

std::string text_of(Checksum::Algorithm algorithm) {
  switch (algorithm) {
    case Checksum::Algorithm::crc32c: return "crc32c";
    case Checksum::Algorithm::crc64nvme: return "crc64nvme";
    case Checksum::Algorithm::none: break;
  }
  return "none";
}

std::optional<Checksum::Algorithm> algorithm_of(std::string_view text) {
  using Algorithm = Checksum::Algorithm;
  for (const Algorithm algorithm : {Algorithm::none, Algorithm::crc32c, Algorithm::crc64nvme}) {
    if (text == text_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

// Whether the numbers can be those of an object, so that nobody has to look again.
bool is_possible(const DownloadState& state) {
  if (state.token.empty() || state.part_size == 0 || state.length == 0) return false;
  if (state.size > INT64_MAX || state.length > state.size || state.offset > state.size - state.length) return false;
  return PartPlan{state.length, state.part_size}.count() <= kMostJournalParts;
}

}  // namespace

const std::string& JournalRecord::text(std::string_view name) const {
  static const auto* const none = new std::string;
  const auto found = values.find(name);
  return found == values.end() ? *none : found->second;
}

std::optional<std::uint64_t> JournalRecord::number(std::string_view name) const { return core::parse_u64(text(name)); }

std::string to_line(const JournalRecord& record) {
  std::string rest = record.kind;
  for (const auto& [name, value] : record.values) {
    rest += ' ' + name + '=';
    core::percent_encode_to(rest, value, core::Slash::keep);
  }
  return fmt::format("{} {}\n", crc_of(rest), rest);
}

JournalText read_journal(std::string_view text) {
  JournalText read;
  while (true) {
    const std::string_view left = text.substr(read.intact);
    const std::size_t end = left.find('\n');
    auto record = end == std::string_view::npos ? std::nullopt : parse_line(left.substr(0, end));
    if (!record) return read;
    read.records.push_back(*std::move(record));
    read.intact += end + 1;
  }
}

JournalRecord record_of(const UploadState& begun) {
  return {std::string(kUpload),
          {{"version", std::string(kVersion)},
           {"target", begun.job.target},
           {"source", begun.job.source},
           {"settings", begun.job.settings},
           {"part_size", std::to_string(begun.part_size)},
           {"id", begun.upload.value},
           {"write_id", begun.write_id}}};
}

JournalRecord record_of(const UploadPart& part) {
  return {std::string(kPart),
          {{"number", std::to_string(part.number)},
           {"size", std::to_string(part.size)},
           {"token", part.token},
           {"checksum", part.checksum}}};
}

std::optional<UploadState> read_upload(const std::vector<JournalRecord>& records) {
  if (!begins_with(records, kUpload)) return std::nullopt;
  const JournalRecord& begun = records[0];
  UploadState state;
  state.job = {begun.text("target"), begun.text("source"), begun.text("settings")};
  state.part_size = begun.number("part_size").value_or(0);
  state.upload.value = begun.text("id");
  state.write_id = begun.text("write_id");
  if (state.upload.value.empty() || state.part_size == 0) return std::nullopt;
  for (const JournalRecord& record : records) {
    const auto number = record.number("number");
    const auto size = record.number("size");
    if (record.kind != kPart || !number || !size || *number == 0 || *number > INT_MAX) continue;
    const int as_int = static_cast<int>(*number);
    state.parts.insert_or_assign(as_int, UploadPart{as_int, *size, record.text("token"), record.text("checksum")});
  }
  return state;
}

JournalRecord record_of(const DownloadState& begun) {
  return {std::string(kDownload),
          {{"version", std::string(kVersion)},
           {"target", begun.job.target},
           {"range", begun.job.range},
           {"token", begun.token},
           {"size", std::to_string(begun.size)},
           {"offset", std::to_string(begun.offset)},
           {"length", std::to_string(begun.length)},
           {"part_size", std::to_string(begun.part_size)},
           {"algorithm", text_of(begun.checksum.algorithm)},
           {"checksum", std::to_string(begun.checksum.value)}}};
}

JournalRecord record_of_range(std::uint64_t index, std::uint64_t checksum) {
  return {std::string(kRange), {{"index", std::to_string(index)}, {"checksum", std::to_string(checksum)}}};
}

std::optional<DownloadState> read_download(const std::vector<JournalRecord>& records) {
  if (!begins_with(records, kDownload)) return std::nullopt;
  const JournalRecord& begun = records[0];
  const auto algorithm = algorithm_of(begun.text("algorithm"));
  if (!algorithm) return std::nullopt;
  DownloadState state;
  state.job = {begun.text("target"), begun.text("range")};
  state.token = begun.text("token");
  state.size = begun.number("size").value_or(0);
  state.offset = begun.number("offset").value_or(0);
  state.length = begun.number("length").value_or(0);
  state.part_size = begun.number("part_size").value_or(0);
  state.checksum = {*algorithm, begun.number("checksum").value_or(0)};
  if (!is_possible(state)) return std::nullopt;
  const std::uint64_t count = PartPlan{state.length, state.part_size}.count();
  for (const JournalRecord& record : records) {
    const auto index = record.number("index");
    const auto checksum = record.number("checksum");
    if (record.kind == kRange && index && *index < count && checksum) state.parts.insert_or_assign(*index, *checksum);
  }
  return state;
}

}  // namespace cloudkit::inline v0::object_store
