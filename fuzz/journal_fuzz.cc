// The journals of transfers that go on, into which anybody may have written. Each line of the input is also given the
// checksum that it would need, which no fuzzer finds.
#include "crypto/crc.h"
#include "object_store/transfer/journal_text.h"
#include "object_store/transfer/plan.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cloudkit;
using namespace cloudkit::object_store;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string sealed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out += fmt::format("{:08x} {}\n", crypto::crc32c(0, line), line);
  }
  return out;
}

// What is believed can be written, and is the same when it is read again.
void check_upload(const UploadState& state) {
  require(!state.upload.value.empty() && state.part_size > 0);
  std::string text = to_line(record_of(state));
  for (const auto& [number, part] : state.parts) {
    require(number > 0 && number == part.number);
    text += to_line(record_of(part));
  }
  const auto again = read_upload(read_journal(text).records);
  require(again && again->job == state.job && again->part_size == state.part_size);
  require(again->upload.value == state.upload.value && again->write_id == state.write_id);
  require(again->parts.size() == state.parts.size());
}

void check_download(const DownloadState& state) {
  require(!state.token.empty() && state.size <= INT64_MAX);
  require(state.offset <= state.size && state.length <= state.size - state.offset);
  const PartPlan plan{state.length, state.part_size};
  require(plan.count() <= kMostJournalParts);
  std::string text = to_line(record_of(state));
  for (const auto& [index, checksum] : state.parts) {
    const Part part = plan.part(index);
    require(part.size > 0 && part.offset + part.size <= state.length);
    text += to_line(record_of_range(index, checksum));
  }
  const auto again = read_download(read_journal(text).records);
  require(again && again->job == state.job && again->token == state.token && again->parts == state.parts);
  require(again->part_algorithm() == state.part_algorithm());
}

void check(std::string_view text) {
  const JournalText read = read_journal(text);
  require(read.intact <= text.size());
  require(read_journal(text.substr(0, read.intact)).records.size() == read.records.size());
  const auto upload = read_upload(read.records);
  const auto download = read_download(read.records);
  require(!upload || !download);
  if (upload) check_upload(*upload);
  if (download) check_download(*download);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  check(sealed(text));
  return 0;
}
