#include "testing/suite.h"

#include <chrono>
#include <filesystem>
#include <thread>

/// Transfers that another program goes on with. Here a cancellation stands for its end.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kReadPiece = std::size_t{32} << 10;

// The first report comes after the first part.
PutOptions cancelled_in_second_part() {
  PutOptions options;
  options.context = Context::cancellable();
  options.transfer.part_size = kPart;
  options.transfer.workers = 1;
  options.transfer.resume = true;
  options.transfer.progress = [context = options.context](const TransferProgress&) mutable { context.cancel(); };
  return options;
}

// Where uploads cannot be listed, "".
std::string only_upload(const Case& c, std::string_view key) {
  if (!c.can().list_uploads) return {};
  const auto entries = uploads(c);
  c.expect_equal(entries.size(), std::size_t{1}, "the uploads that are listed");
  c.expect_equal(entries[0].key, std::string(key), "the key of the upload");
  return entries[0].upload.value;
}

// Where nobody counts them, 0.
std::uint64_t sent_bytes(const Case& c) { return c.harness().sent_bytes ? c.harness().sent_bytes() : 0; }

void resume_from_journal_skips_done_parts(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  if (!c.can().list_uploads && !c.harness().sent_bytes) {
    c.skip("uploads cannot be listed, and the harness does not count bytes: nobody sees what is gone on with");
  }
  const std::size_t before = open_uploads(c);
  const ScratchDirectory scratch;
  const std::string file = scratch.file("in");
  write_file(c, file, pattern(2 * kPart + 99, 1));
  c.expect_error(c.bucket().put("k", File{file}, cancelled_in_second_part()), ErrorCode::cancelled,
                 "putting a file, cancelled after its first part");
  c.expect_missing("k");
  const std::string begun = only_upload(c, "k");
  const std::uint64_t sent_before = sent_bytes(c);

  PutOptions options;
  options.transfer.part_size = kPart;
  options.transfer.resume = true;
  std::string gone_on;
  options.transfer.progress = [&](const TransferProgress& progress) {
    if (gone_on.empty() && progress.bytes < progress.total) gone_on = only_upload(c, "k");
  };
  c.expect_ok(c.bucket().put("k", File{file}, options), "putting it again");
  c.expect_content("k", pattern(2 * kPart + 99, 1));
  c.expect_equal(gone_on, begun, "the upload that was gone on with");
  const std::uint64_t sent = sent_bytes(c) - sent_before;
  c.expect(sent < 2 * kPart, "the done part was sent again: " + std::to_string(sent) + " bytes were sent");

  c.expect_error(c.bucket().put("k", File{file}, cancelled_in_second_part()), ErrorCode::cancelled,
                 "putting a file, cancelled after its first part");
  write_file(c, file, pattern(2 * kPart + 7, 2));
  options.transfer.progress = {};
  c.expect_ok(c.bucket().put("k", File{file}, options), "putting a file that changed meanwhile");
  c.expect_content("k", pattern(2 * kPart + 7, 2));
  c.expect_equal(open_uploads(c), before, "the uploads that are left");
  c.expect_equal(scratch.names(), std::vector<std::string>{"in"}, "the files beside it");
}

void resume_download_from_journal(const Case& c) {
  c.needs(c.can().conditional_get, "conditional_get");
  const ScratchDirectory scratch;
  const std::string old_data = pattern(8 * kReadPiece, 1);
  const std::string new_data = pattern(8 * kReadPiece, 2);
  c.put("k", old_data);
  const auto cancel_in_the_middle = [&](const File& file) {
    GetOptions options;
    options.context = Context::cancellable();
    options.transfer.part_size = kReadPiece;
    options.transfer.workers = 1;
    options.transfer.resume = true;
    options.transfer.progress = [&](const TransferProgress& progress) {
      if (progress.bytes > 2 * kReadPiece) options.context.cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // So that the next bytes are told, too.
    };
    c.expect_error(c.bucket().download("k", file, options), ErrorCode::cancelled,
                   "downloading, cancelled in the middle");
    c.expect(!std::filesystem::exists(file.path), "the file is there before it is whole");
  };
  GetOptions options;
  options.transfer.part_size = kReadPiece;
  options.transfer.resume = true;

  const File old_file{scratch.file("old")};
  cancel_in_the_middle(old_file);
  c.expect_equal(scratch.names().size(), std::size_t{2}, "the files that are kept");
  c.expect_ok(c.bucket().download("k", old_file, options), "downloading again");
  c.expect(read_file(c, old_file.path) == old_data, "the file differs from the object");
  c.expect_equal(scratch.names(), std::vector<std::string>{"old"}, "the files in the directory");

  const File new_file{scratch.file("new")};
  cancel_in_the_middle(new_file);
  c.put("k", new_data);
  c.expect_ok(c.bucket().download("k", new_file, options), "downloading what changed meanwhile");
  c.expect(read_file(c, new_file.path) == new_data, "the file differs from the new object");
  c.expect_equal(scratch.names(), std::vector<std::string>{"new", "old"}, "the files in the directory");
}

void abandoned_upload_is_listed_and_aborted(const Case& c) {
  if (!c.can().uploads || !c.can().list_uploads) {
    UploadListing none = c.bucket().list_uploads();
    c.expect_error(*none.begin(), ErrorCode::unsupported, "list_uploads");
  }
  if (!c.can().uploads) {
    c.expect_error(c.bucket().abort_upload("k", {"1"}), ErrorCode::unsupported, "abort_upload");
    return;
  }
  c.needs(c.can().list_uploads, "list_uploads");
  const ScratchDirectory scratch;
  write_file(c, scratch.file("in"), pattern(kPart + 1));
  const std::string key = "d/weird +%2F\xC3\xA4";
  c.expect_error(c.bucket().put(key, File{scratch.file("in")}, cancelled_in_second_part()), ErrorCode::cancelled,
                 "putting a file, cancelled after its first part");
  const std::string id = only_upload(c, key);
  c.expect_keys({}, {}, "nothing of it is listed");
  UploadListing others = c.bucket().list_uploads({.prefix = "e"});
  c.expect(others.begin() == others.end(), "an upload is listed below another prefix");
  c.expect_ok(c.bucket().abort_upload(key, {id}), "aborting it");
  c.expect_equal(uploads(c).size(), std::size_t{0}, "the uploads that are left");
  c.expect_ok(c.bucket().abort_upload(key, {id}), "aborting it once more");
}

}  // namespace

CaseList resume_cases() {
  static constexpr CaseEntry kCases[] = {
      {"resume_from_journal_skips_done_parts", resume_from_journal_skips_done_parts},
      {"resume_download_from_journal", resume_download_from_journal},
      {"abandoned_upload_is_listed_and_aborted", abandoned_upload_is_listed_and_aborted},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
