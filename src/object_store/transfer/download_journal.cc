#include "object_store/transfer/download_journal.h"

#include "object_store/local_io.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::object_store {
namespace {

DownloadJob job_of(BucketDriver& driver, std::string_view key, const GetOptions& options) {
  DownloadJob job;
  job.target = fmt::format("{}\n{}\n{}\n{}", driver.store_id(), driver.name(), key, options.version_id);
  if (options.range) {
    job.range = fmt::format("{} {} {}", options.range->offset, options.range->length,
                            options.range->from_end ? "end" : "begin");
  }
  return job;
}

bool allows(const Condition& condition, const std::string& token) {
  if (!condition) return true;
  return (condition.kind() == Condition::Kind::match) == (condition.token() == token);
}

}  // namespace

DownloadJournal::DownloadJournal(Journal journal, DownloadJob job, std::string partial_path)
    : journal_(std::move(journal)), job_(std::move(job)), partial_path_(std::move(partial_path)) {}

Result<DownloadJournal> DownloadJournal::open(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                              const std::string& path) {
  if (auto status = check_path(path); !status) return std::move(status).error();
  // Whatever is downloaded to this path: the next object replaces what is left of another.
  auto journal = Journal::open(path_beside(path, "", ".ckjournal"));
  if (!journal) return std::move(journal).error();
  return DownloadJournal(*std::move(journal), job_of(driver, key, options), path_beside(path, "", ".ckpart"));
}

std::optional<DownloadState> DownloadJournal::earlier(const Condition& condition) const {
  auto state = read_download(journal_.found());
  if (!state || state->job != job_ || !allows(condition, state->token)) return std::nullopt;
  return state;
}

Status DownloadJournal::begin(DownloadState state) {
  state.job = job_;
  return journal_.start(record_of(state));
}

bool DownloadJournal::is_worth_keeping(const Error& error) const {
  const bool other_content = error.code == ErrorCode::precondition_failed || error.code == ErrorCode::not_modified ||
                             error.code == ErrorCode::not_found || error.code == ErrorCode::data_loss;
  return !other_content && journal_.has_steps();
}

}  // namespace cloudkit::inline v0::object_store
