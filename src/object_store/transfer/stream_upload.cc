#include "object_store/transfer/stream_upload.h"

#include "core/fail.h"
#include "object_store/local_io.h"
#include "object_store/transfer/upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

namespace cloudkit::inline v0::object_store {

StreamUpload::StreamUpload(std::shared_ptr<BucketDriver> driver, std::string key, PutOptions options,
                           const OpenPlan& plan)
    : driver_(std::move(driver)),
      key_(std::move(key)),
      options_(std::move(options)),
      capabilities_(driver_->capabilities()),
      plan_(plan),
      part_size_(plan.first),
      progress_(options_.transfer, 0) {}

StreamUpload::~StreamUpload() { (void)abandon(); }

Status StreamUpload::write(Bytes data) {
  if (outcome_) {
    if (!*outcome_) return outcome_->error();
    return core::invalid_argument("the object is finished: nothing can be added to it");
  }
  try {
    auto status = append(data);
    if (!status) status = give_up(std::move(status).error());
    return status;
  } catch (...) {
    give_up_for_exception();
    throw;
  }
}

// Of memory that ran out, or of a progress callback: what it left undone nobody knows.
void StreamUpload::give_up_for_exception() {
  if (!outcome_) (void)give_up(core::fail(ErrorCode::unknown, "an exception ended it"));
}

Status StreamUpload::append(Bytes data) {
  if (auto going = options_.context.check(); !going) return going;
  written_ += data.size();
  while (!data.empty()) {
    // Not before more comes: what is the last part must say so.
    if (buffer_.size() == part_size_) {
      if (auto passed = pass_on(false); !passed) return passed;
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), part_size_ - buffer_.size()));
    if (auto kept = keep({data.data(), count}); !kept) return kept;
    data = Bytes(data.data() + count, data.size() - count);
  }
  return {};
}

Status StreamUpload::keep(Bytes piece) {
  try {
    // The first part may be all there is: only the others are known to become whole.
    if (next_number_ > 1 || piece.size() == part_size_) buffer_.reserve(static_cast<std::size_t>(part_size_));
    buffer_.append(piece.view());
    return {};
  } catch (const std::bad_alloc&) {
    return core::fail(ErrorCode::io, fmt::format("there is no memory for a part of {} bytes", part_size_),
                      "use fewer workers or smaller parts");
  }
}

Status StreamUpload::pass_on(bool last) { return may_use_parts(capabilities_, options_) ? send(last) : spool(); }

Status StreamUpload::spool() {
  if (auto fits = check_put_size(written_, capabilities_); !fits) return fits;
  if (!spool_) {
    auto created = Spool::create();
    if (!created) return std::move(created).error();
    spool_ = *std::move(created);
  }
  auto appended = spool_->append(buffer_);
  buffer_.clear();
  return appended;
}

Status StreamUpload::send(bool last) {
  if (!upload_) {
    if (auto begun = begin(); !begun) return begun;
  }
  const Part part{next_number_, offset_, buffer_.size(), last};
  progress_.expect(written_);
  {
    const std::scoped_lock lock(mutex_);
    parcels_[static_cast<std::uint64_t>(part.number)] = {part, std::move(buffer_)};
  }
  ++next_number_;
  offset_ += part.size;
  crew_->add(static_cast<std::uint64_t>(part.number));
  if (!crew_->wait_for_room()) return crew_->run();
  const std::scoped_lock lock(mutex_);
  buffer_ = {};
  if (!spare_.empty()) {
    buffer_ = std::move(spare_.back());
    spare_.pop_back();
    buffer_.clear();
  }
  if (last) return {};
  const auto next_size = plan_.part_size(next_number_);
  if (!next_size) return next_size.error();
  part_size_ = *next_size;
  return {};
}

Status StreamUpload::begin() {
  auto upload = std::make_unique<OpenUpload>(*driver_, key_, options_);
  if (auto begun = upload->begin(); !begun) return begun;
  upload_ = std::move(upload);
  const int workers = plan_.limits.ordered ? 1 : workers_for(options_.transfer.workers);
  crew_ = std::make_unique<Crew>(workers, options_.context, [this](std::uint64_t number, const Context& context) {
    return deliver(number, context);
  });
  return {};
}

// On a thread of the crew.
Result<std::uint64_t> StreamUpload::deliver(std::uint64_t number, const Context& context) {
  const Parcel* parcel = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    parcel = &parcels_.at(number);
  }
  const std::uint64_t size = parcel->part.size;
  auto sent = upload_->send(parcel->part, BytesSource(parcel->bytes), context);
  if (!sent) return std::move(sent).error();
  upload_->keep(*std::move(sent));
  progress_.add(size);
  const std::scoped_lock lock(mutex_);
  auto done = parcels_.extract(number);
  spare_.push_back(std::move(done.mapped().bytes));
  return size;
}

Result<ObjectInfo> StreamUpload::finish() {
  if (outcome_) return *outcome_;
  try {
    auto info = publish();
    if (!info) return give_up(std::move(info).error());
    outcome_ = info;
    return info;
  } catch (...) {
    give_up_for_exception();
    throw;
  }
}

Result<ObjectInfo> StreamUpload::publish() {
  if (auto going = options_.context.check(); !going) return std::move(going).error();
  if (!spool_ && !upload_) return put(*driver_, capabilities_, key_, BytesSource(buffer_), options_);
  if (auto passed = pass_on(true); !passed) return std::move(passed).error();
  if (spool_) return put(*driver_, capabilities_, key_, *spool_, options_);
  if (auto joined = crew_->run(); !joined) return std::move(joined).error();
  auto info = upload_->complete(written_);
  if (info) progress_.finish();
  return info;
}

Error StreamUpload::give_up(Error reason) {
  if (crew_) crew_->stop();
  if (upload_) reason = upload_->take_back(std::move(reason));
  buffer_ = {};
  spool_.reset();
  outcome_.emplace(reason);
  return reason;
}

Status StreamUpload::abandon() {
  if (outcome_) return {};
  if (crew_) crew_->stop();
  outcome_.emplace(core::fail(ErrorCode::cancelled, "the writer was abandoned"));
  buffer_ = {};
  spool_.reset();
  return upload_ ? upload_->abort() : Status();
}

}  // namespace cloudkit::inline v0::object_store
