#include "object_store/transfer/download.h"

#include "core/fail.h"
#include "core/source_chunks.h"
#include "crypto/checksum.h"
#include "object_store/fetch.h"
#include "object_store/local_io.h"
#include "object_store/transfer/crew.h"
#include "object_store/transfer/download_journal.h"
#include "object_store/transfer/plan.h"
#include "object_store/transfer/progress.h"
#include "object_store/waits.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cloudkit::inline v0::object_store {
namespace {

// Below this a second connection takes longer to open than its share of the bytes to arrive.
constexpr std::uint64_t kWorthSplitting = std::uint64_t{16} << 20;

// The parts between the stream from the beginning and the workers from the end.
class Divide {
 public:
  explicit Divide(std::uint64_t parts) : back_(parts) {}

  // The first part that the workers have not taken, for the stream.
  std::optional<std::uint64_t> take_front() {
    const std::scoped_lock lock(mutex_);
    return front_ < back_ ? std::optional(front_++) : std::nullopt;
  }
  std::optional<std::uint64_t> take_back() {
    const std::scoped_lock lock(mutex_);
    return front_ < back_ ? std::optional(--back_) : std::nullopt;
  }

 private:
  std::mutex mutex_;
  std::uint64_t front_ = 0;
  std::uint64_t back_;
};

class Download {
 public:
  Download(BucketDriver& driver, std::string_view key, const GetOptions& options, PendingFile& file,
           DownloadJournal* journal, std::unique_ptr<ProgressMeter>& progress)
      : driver_(driver),
        key_(key),
        options_(options),
        file_(file),
        journal_(journal),
        progress_(progress),
        front_context_(options.context.child()) {}

  Result<ObjectInfo> run();
  /// Goes on with what an earlier one has left, of the object that `info` describes.
  Result<ObjectInfo> resume(const DownloadState& state, ObjectInfo info);

 private:
  Status begin(const ObjectInfo& info, std::uint64_t length);
  void begin_progress();
  bool is_worth_splitting(std::uint64_t length) const;
  int workers() const;
  Status split(std::uint64_t length);
  Status take_front_bytes(Bytes chunk);
  bool is_given_up(const Error& error) const;
  Result<bool> take_earlier(const Part& part, std::uint64_t checksum);
  Result<std::uint64_t> fetch_part(std::uint64_t index, const Context& context);
  Status note_part(std::uint64_t index);
  Status check_whole() const;

  BucketDriver& driver_;
  const std::string_view key_;
  const GetOptions& options_;
  PendingFile& file_;
  DownloadJournal* journal_;  // Or null.

  // Known from the first reply on.
  ObjectInfo info_;
  std::uint64_t base_ = 0;  // Where the asked range begins in the object.
  PartPlan plan_;           // One part when it is not split.
  std::unique_ptr<ProgressMeter>& progress_;
  const Context front_context_;  // Of the stream: cancelled, too, when a worker fails.
  std::uint64_t front_offset_ = 0;
  std::uint64_t front_limit_ = 0;  // The end of the part that the stream is in.
  std::uint64_t front_index_ = 0;

  // Only when it is split.
  std::optional<Divide> divide_;
  std::unique_ptr<Crew> crew_;
  bool met_ = false;
  std::vector<crypto::RunningChecksum> parts_;  // By index.
};

Result<ObjectInfo> Download::run() {
  FetchTarget target;
  target.begin = [&](const ObjectInfo& info, std::uint64_t length) { return begin(info, length); };
  target.write = [&](Bytes chunk) { return take_front_bytes(chunk); };
  GetOptions front = options_;
  front.context = front_context_;
  auto streamed = [&] {
    try {
      return fetch(driver_, key_, front, target);
    } catch (...) {
      if (crew_) crew_->stop();
      throw;
    }
  }();
  if (!streamed && !met_ && !is_given_up(streamed.error())) {
    if (crew_) crew_->stop();
    return std::move(streamed).error();
  }
  if (crew_) {
    if (auto done = crew_->run(); !done) return std::move(done).error();
    if (auto intact = check_whole(); !intact) return std::move(intact).error();
  }
  progress_->finish();
  return info_;
}

// Whether the stream ended because a worker had failed: then the crew knows why.
bool Download::is_given_up(const Error& error) const {
  return error.code == ErrorCode::cancelled && crew_ && crew_->failed() && !options_.context.cancelled();
}

Result<ObjectInfo> Download::resume(const DownloadState& state, ObjectInfo info) {
  info_ = std::move(info);
  info_.checksum = state.checksum;
  base_ = state.offset;
  plan_ = {state.length, state.part_size};
  parts_.assign(static_cast<std::size_t>(plan_.count()), crypto::RunningChecksum(state.part_algorithm()));
  if (auto cut = file_.resize(state.length); !cut) return std::move(cut).error();
  begin_progress();
  std::vector<std::uint64_t> missing;
  for (std::uint64_t index = 0; index < plan_.count(); ++index) {
    const auto noted = state.parts.find(index);
    const auto taken =
        noted == state.parts.end() ? Result<bool>(false) : take_earlier(plan_.part(index), noted->second);
    if (!taken.has_value()) return taken.error();
    if (!*taken) missing.push_back(index);
  }
  const Status fetched =
      for_each_part(missing.size(), workers(), options_.context,
                    [&](std::uint64_t i, const Context& context) { return fetch_part(missing[i], context); });
  if (!fetched) return fetched.error();
  if (auto intact = check_whole(); !intact) return std::move(intact).error();
  progress_->finish();
  return info_;
}

Status Download::begin(const ObjectInfo& info, std::uint64_t length) {
  info_ = info;
  const ByteRange range = options_.range.value_or(ByteRange{});
  base_ = range.from_end ? info.size - length : range.offset;
  plan_ = {length, length};
  front_limit_ = length;
  begin_progress();
  return is_worth_splitting(length) ? split(length) : Status{};
}

// One for all tries, so that it never goes back.
void Download::begin_progress() {
  if (progress_ && progress_->total() == plan_.size) return progress_->restart();
  progress_ = std::make_unique<ProgressMeter>(options_.transfer, plan_.size);
}

int Download::workers() const { return driver_.capabilities().remote ? workers_for(options_.transfer.workers) : 1; }

bool Download::is_worth_splitting(std::uint64_t length) const {
  const Capabilities capabilities = driver_.capabilities();
  if (!capabilities.conditional_get || info_.token.empty()) return false;
  if (!journal_ && workers() == 1) return false;
  const std::uint64_t asked = options_.transfer.part_size;
  return asked != 0 ? length > asked : length >= kWorthSplitting;
}

Status Download::split(std::uint64_t length) {
  const auto plan = plan_parts(length, options_.transfer.part_size, {});
  if (!plan) return plan.error();
  plan_ = *plan;
  if (plan_.count() > kMostJournalParts) journal_ = nullptr;
  if (auto reserved = file_.reserve(length); !reserved) return reserved;
  DownloadState state;
  state.token = info_.token;
  state.size = info_.size;
  state.offset = base_;
  state.length = length;
  state.part_size = plan_.part_size;
  // For a range there is none: the checksum is the whole object's.
  if (length == info_.size) state.checksum = info_.checksum;
  info_.checksum = state.checksum;
  const auto algorithm = journal_ ? state.part_algorithm() : state.checksum.algorithm;
  parts_.assign(static_cast<std::size_t>(plan_.count()), crypto::RunningChecksum(algorithm));
  if (journal_) {
    if (auto begun = journal_->begin(std::move(state)); !begun) return begun;
  }
  divide_.emplace(plan_.count());
  divide_->take_front();
  front_limit_ = plan_.part(0).size;
  crew_ = std::make_unique<Crew>(
      workers(), options_.context, [this] { return divide_->take_back(); },
      [this](std::uint64_t index, const Context& context) { return fetch_part(index, context); });
  crew_->take_along(front_context_);
  crew_->start();
  return {};
}

// The stream goes on until it comes to a part that a worker has taken.
Status Download::take_front_bytes(Bytes chunk) {
  if (crew_ && crew_->failed()) {
    met_ = true;  // The crew knows why.
    return core::fail(ErrorCode::cancelled, "another part failed");
  }
  std::size_t used = 0;
  while (used < chunk.size()) {
    if (auto going = options_.context.check(); !going) return going;
    if (front_offset_ == front_limit_) {
      const auto index = divide_ ? divide_->take_front() : std::nullopt;
      if (!index) break;
      front_index_ = *index;
      front_limit_ += plan_.part(*index).size;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size() - used, front_limit_ - front_offset_));
    const Bytes piece(chunk.data() + used, count);
    if (auto written = file_.write_at(front_offset_, piece); !written) return written;
    if (crew_) parts_[front_index_].update(piece.view());
    progress_->add(count);
    front_offset_ += count;
    used += count;
    if (crew_ && front_offset_ == front_limit_) {
      if (auto noted = note_part(front_index_); !noted) return noted;
    }
  }
  if (used == chunk.size()) return {};
  met_ = true;
  return core::fail(ErrorCode::cancelled, "the rest is read by others");
}

Status Download::note_part(std::uint64_t index) {
  return journal_ ? journal_->add(index, parts_[index].value()) : Status{};
}

// Whether the file holds what the journal says. It may not: a power cut keeps the one and loses the other.
Result<bool> Download::take_earlier(const Part& part, std::uint64_t checksum) {
  crypto::RunningChecksum& running = parts_[static_cast<std::size_t>(part.number - 1)];
  const crypto::RunningChecksum none = running;
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(part.size, core::kChunkSize)));
  for (std::uint64_t done = 0; done < part.size;) {
    if (auto going = options_.context.check(); !going) return std::move(going).error();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.size - done));
    const auto count = file_.read_at(part.offset + done, {buffer.data(), wanted});
    if (!count) return count.error();
    if (*count == 0) break;
    running.update({buffer.data(), *count});
    done += *count;
  }
  if (running.value() == checksum) {
    progress_->add(part.size);
    return true;
  }
  running = none;
  return false;
}

Result<std::uint64_t> Download::fetch_part(std::uint64_t index, const Context& context) {
  const Part part = plan_.part(index);
  GetOptions options = options_;
  options.context = context;
  crypto::RunningChecksum checksum = parts_[index];
  std::uint64_t offset = part.offset;
  std::uint64_t counted = part.offset;
  FetchTarget target;
  target.write = [&](Bytes chunk) -> Status {
    if (auto written = file_.write_at(offset, chunk); !written) return written;
    checksum.update(chunk.view());
    offset += chunk.size();
    if (offset > counted) progress_->add(offset - counted);
    counted = std::max(counted, offset);
    return {};
  };
  target.restart = [&] {
    checksum = parts_[index];
    offset = part.offset;
  };
  const ByteRange range{base_ + part.offset, part.size, false};
  if (auto fetched = fetch_range(driver_, key_, std::move(options), info_, range, std::move(target)); !fetched) {
    return std::move(fetched).error();
  }
  parts_[index] = checksum;
  if (auto noted = note_part(index); !noted) return std::move(noted).error();
  return part.size;
}

Status Download::check_whole() const {
  crypto::RunningChecksum whole = parts_.front();
  for (std::size_t i = 1; i < parts_.size(); ++i) whole.append(parts_[i]);
  if (plan_.size != info_.size || whole.matches(info_.checksum)) return {};
  return wrong_checksum("nothing was published; try again");
}

// Bytes that came wrong are of an object that may be whole all the same.
Result<ObjectInfo> download_anew(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                 PendingFile& file, DownloadJournal* journal,
                                 std::unique_ptr<ProgressMeter>& progress) {
  auto info = Download(driver, key, options, file, journal, progress).run();
  if (info || info.error().code != ErrorCode::data_loss) return info;
  const int attempts = info.error().attempts;
  if (auto waited = options.context.wait_for(kFirstWait); !waited) return std::move(waited).error();
  if (auto cleared = file.resize(0); !cleared) return std::move(cleared).error();
  info = Download(driver, key, options, file, journal, progress).run();
  if (!info) info.error().attempts += attempts;
  return info;
}

Result<ObjectInfo> download_or_go_on(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                     PendingFile& file, DownloadJournal& journal) {
  std::unique_ptr<ProgressMeter> progress;
  if (const auto earlier = journal.earlier(options.condition)) {
    auto now = driver.head(key, {.version_id = options.version_id, .context = options.context});
    if (!now) return now;
    if (now->token == earlier->token && now->size == earlier->size) {
      auto info = Download(driver, key, options, file, &journal, progress).resume(*earlier, *std::move(now));
      if (info || info.error().code != ErrorCode::data_loss) return info;
    }
  }
  if (auto forgotten = journal.forget(); !forgotten) return std::move(forgotten).error();
  if (auto cleared = file.resize(0); !cleared) return std::move(cleared).error();
  return download_anew(driver, key, options, file, &journal, progress);
}

Result<ObjectInfo> download_resumably(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                      const std::string& path) {
  auto journal = DownloadJournal::open(driver, key, options, path);
  if (!journal) return std::move(journal).error();
  auto file = PendingFile::resume(path, journal->partial_path());
  if (!file) {
    if (journal->is_empty()) journal->remove();
    return std::move(file).error();
  }
  auto info = download_or_go_on(driver, key, options, *file, *journal);
  if (!info && journal->is_worth_keeping(info.error())) {
    file->keep();
    return kept(std::move(info).error());
  }
  if (info) {
    // After a failed fsync the bytes may read well from memory and not be on the disk: nobody goes on with them.
    if (auto published = file->publish(); !published) info = std::move(published).error();
  }
  // In this order: without the journal nobody keeps others away from the file.
  file->discard();
  journal->remove();
  return info;
}

}  // namespace

Result<ObjectInfo> download(BucketDriver& driver, std::string_view key, const GetOptions& options,
                            const std::string& path) {
  if (options.transfer.resume) return download_resumably(driver, key, options, path);
  auto file = PendingFile::create(path);
  if (!file) return std::move(file).error();
  std::unique_ptr<ProgressMeter> progress;
  auto info = download_anew(driver, key, options, *file, nullptr, progress);
  if (!info) return info;
  if (auto status = file->publish(); !status) return std::move(status).error();
  return info;
}

}  // namespace cloudkit::inline v0::object_store
