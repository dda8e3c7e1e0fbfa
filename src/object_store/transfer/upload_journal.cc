#include "object_store/transfer/upload_journal.h"

#include "crypto/crc.h"

#include <fmt/format.h>
#include <unistd.h>

namespace cloudkit::inline v0::object_store {
namespace {

// Of all that the object gets besides its bytes.
std::string digest_of(const PutOptions& options) {
  std::uint64_t digest = 0;
  const auto add = [&](std::string_view text) {
    digest = crypto::crc64nvme(digest, fmt::format("{}:", text.size()));
    digest = crypto::crc64nvme(digest, text);
  };
  const ContentHeaders& content = options.content;
  for (const auto* text :
       {&content.type, &content.cache_control, &content.encoding, &content.disposition, &content.language}) {
    add(*text);
  }
  for (const auto& [name, value] : options.metadata) {
    add(name);
    add(value);
  }
  add(options.storage_class);
  for (const auto& [name, value] : options.tags) {
    add(name);
    add(value);
  }
  add(std::to_string(static_cast<int>(options.condition.kind())));
  add(options.condition.token());
  return fmt::format("{:016x}", digest);
}

UploadJob job_of(BucketDriver& driver, std::string_view key, const FileSource& source, const PutOptions& options) {
  return {fmt::format("{}\n{}\n{}", driver.store_id(), driver.name(), key), source.identity(), digest_of(options)};
}

// One for each place that a file is sent to.
std::string path_of(const UploadJob& job, const FileSource& source) {
  return path_beside(source.path(), job.target, ".ckjournal");
}

}  // namespace

UploadJournal::UploadJournal(Journal journal, UploadJob job)
    : journal_(std::move(journal)), job_(std::move(job)), earlier_(read_upload(journal_.found())) {
  if (earlier_ && earlier_->job.target != job_.target) earlier_.reset();
}

Result<UploadJournal> UploadJournal::open(BucketDriver& driver, std::string_view key, const FileSource& source,
                                          const PutOptions& options) {
  UploadJob job = job_of(driver, key, source, options);
  auto journal = Journal::open(path_of(job, source));
  if (!journal) return std::move(journal).error();
  return UploadJournal(*std::move(journal), std::move(job));
}

Result<std::optional<UploadJournal>> UploadJournal::open_if_any(BucketDriver& driver, std::string_view key,
                                                                const FileSource& source, const PutOptions& options) {
  const std::string path = path_of(job_of(driver, key, source, options), source);
  if (::access(path.c_str(), F_OK) != 0) return std::optional<UploadJournal>();
  auto journal = open(driver, key, source, options);
  if (!journal) return std::move(journal).error();
  return std::optional<UploadJournal>(*std::move(journal));
}

Status UploadJournal::begin(UploadState state) {
  state.job = job_;
  return journal_.start(record_of(state));
}

bool UploadJournal::is_worth_keeping(const Error& error) const {
  switch (error.code) {
    case ErrorCode::throttled:
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
    case ErrorCode::cancelled:
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
    case ErrorCode::io:
    case ErrorCode::unknown: return journal_.has_steps();
    default: return false;  // What was sent is of no use, or the condition does not hold any more.
  }
}

}  // namespace cloudkit::inline v0::object_store
