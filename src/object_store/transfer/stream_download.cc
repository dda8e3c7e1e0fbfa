#include "object_store/transfer/stream_download.h"

#include "core/fail.h"
#include "object_store/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace cloudkit::inline v0::object_store {
namespace {

// Small, for those who look at the beginning and then elsewhere.
constexpr std::uint64_t kFirstBlock = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestBlock = 8 * kFirstBlock;

int workers_of(BucketDriver& driver, const GetOptions& options) {
  // Nothing comes faster from a disk or from memory for being asked for earlier.
  return driver.capabilities().remote ? workers_for(options.transfer.workers) : 1;
}

Status reserve(std::string& bytes, std::uint64_t size) {
  try {
    bytes.reserve(static_cast<std::size_t>(size));
    return {};
  } catch (const std::bad_alloc&) {
    return core::fail(ErrorCode::io, fmt::format("there is no memory for a block of {} bytes", size),
                      "use fewer workers or smaller parts");
  }
}

}  // namespace

StreamDownload::StreamDownload(std::shared_ptr<BucketDriver> driver, std::string key, GetOptions options)
    : driver_(std::move(driver)),
      key_(std::move(key)),
      options_(std::move(options)),
      largest_(options_.transfer.part_size != 0 ? options_.transfer.part_size : kLargestBlock),
      most_workers_(workers_of(*driver_, options_)) {}

// A plain get, which costs an object that fits into the first block one request, and brings the checksum of a larger
// one; what is more than a block is cut off.
Status StreamDownload::open() {
  auto first = std::make_shared<Block>();
  bool enough = false;
  FetchTarget target;
  target.begin = [&](const ObjectInfo& info, std::uint64_t length) -> Status {
    if (length != info.size) return core::fail(ErrorCode::data_loss, "not the whole object was announced");
    info_ = info;
    whole_ = first->checksum = crypto::RunningChecksum(info.checksum.algorithm);
    first->size = std::min({length, kFirstBlock, largest_});
    first->bytes.reserve(static_cast<std::size_t>(first->size));
    return {};
  };
  target.write = [&](Bytes chunk) -> Status {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), first->size - first->bytes.size()));
    first->bytes.append(chunk.data(), count);
    first->checksum.update({chunk.data(), count});
    enough = first->bytes.size() == first->size && first->size < info_.size;
    if (enough) return core::fail(ErrorCode::cancelled, "the rest is read when it is asked for");
    return {};
  };
  target.restart = [&] {
    first->bytes.clear();
    first->checksum = whole_;
  };
  auto fetched = fetch(*driver_, key_, options_, target);
  if (!fetched && !enough) return std::move(fetched).error();
  first->ready = true;
  next_ = first->size;
  block_size_ = 2 * first->size;
  if (first->size > 0) blocks_.emplace(0, std::move(first));
  return {};
}

Result<std::size_t> StreamDownload::read(std::span<char> out) {
  const std::uint64_t begin = position_;
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto count = read_some(out.subspan(filled));
    if (!count) {
      position_ = begin;
      return count;
    }
    if (*count == 0) break;
    filled += *count;
  }
  return filled;
}

Result<std::size_t> StreamDownload::read_some(std::span<char> out) {
  if (auto going = options_.context.check(); !going) return std::move(going).error();
  if (out.empty() || position_ >= info_.size) return std::size_t{0};
  const auto block = obtain(out.size());
  if (!block) return std::move(block).error();
  const std::uint64_t begin = position_ - (*block)->offset;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), (*block)->size - begin));
  std::memcpy(out.data(), (*block)->bytes.data() + begin, count);
  position_ += count;
  return count;
}

// The block at the position. Who has read half of it is asked to go on.
Result<std::shared_ptr<StreamDownload::Block>> StreamDownload::obtain(std::size_t wanted) {
  auto block = find(position_);
  if (!block) {
    if (position_ != next_) forget();
    if (auto asked = request_next(); !asked) return std::move(asked).error();
    block = find(position_);
  }
  const std::uint64_t until = position_ - block->offset + wanted;
  if (until > block->size / 2) {
    if (auto asked = read_ahead(); !asked) return std::move(asked).error();
  }
  if (auto came = wait_for(*block); !came) return std::move(came).error();
  if (auto intact = check_whole(*block); !intact) return std::move(intact).error();
  return block;
}

// Those before it are not needed any more.
std::shared_ptr<StreamDownload::Block> StreamDownload::find(std::uint64_t position) {
  const std::scoped_lock lock(mutex_);
  auto after = blocks_.upper_bound(position);
  if (after == blocks_.begin()) return nullptr;
  const auto found = std::prev(after);
  if (position - found->first >= found->second->size) {
    if (position == next_) blocks_.clear();
    return nullptr;
  }
  blocks_.erase(blocks_.begin(), found);
  return found->second;
}

Status StreamDownload::read_ahead() {
  while (most_workers_ > 1 && next_ < info_.size && !(crew_ && crew_->failed())) {
    {
      const std::scoped_lock lock(mutex_);
      const int ahead = static_cast<int>(blocks_.size()) - 1;
      if (ahead >= (crew_ ? crew_->workers() : 1)) return {};
    }
    if (auto asked = request_next(); !asked) return asked;
  }
  return {};
}

Status StreamDownload::request_next() {
  if (info_.token.empty()) {
    return core::unsupported("this backend gives objects no token, so what comes piece by piece could be a mixture",
                             "get it whole, or download it to a file");
  }
  if (!crew_) {
    crew_ = std::make_unique<Crew>(
        most_workers_, options_.context,
        [this](std::uint64_t offset, const Context& context) { return fetch_block(offset, context); });
  }
  auto block = std::make_shared<Block>();
  block->offset = next_;
  block->size = std::min({block_size_, largest_, info_.size - next_});
  block->checksum = crypto::RunningChecksum(info_.checksum.algorithm);
  const std::uint64_t offset = next_;
  next_ += block->size;
  block_size_ = std::min(2 * block_size_, largest_);
  {
    const std::scoped_lock lock(mutex_);
    blocks_.emplace(offset, std::move(block));
  }
  crew_->add(offset);
  return {};
}

// On a thread of the crew, or on the reader's where it has none.
Result<std::uint64_t> StreamDownload::fetch_block(std::uint64_t offset, const Context& context) {
  std::shared_ptr<Block> block;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = blocks_.find(offset);
    if (found == blocks_.end()) return std::uint64_t{0};  // The reader went on without it.
    block = found->second;
  }
  const crypto::RunningChecksum nothing = block->checksum;
  if (auto reserved = reserve(block->bytes, block->size); !reserved) return std::move(reserved).error();
  FetchTarget target;
  target.write = [&](Bytes chunk) -> Status {
    block->bytes.append(chunk.view());
    block->checksum.update(chunk.view());
    return {};
  };
  target.restart = [&] {
    block->bytes.clear();
    block->checksum = nothing;
  };
  GetOptions options = options_;
  options.context = context;
  // After a throttled try there may be some.
  target.restart();
  const ByteRange range{offset, block->size, false};
  if (auto fetched = fetch_range(*driver_, key_, std::move(options), info_, range, std::move(target)); !fetched) {
    return std::move(fetched).error();
  }
  block->ready = true;
  return block->size;
}

Status StreamDownload::wait_for(const Block& block) {
  if (block.ready || crew_->wait_until([&] { return block.ready.load(); }) || block.ready) return {};
  Status reason;
  try {
    reason = crew_->run();
  } catch (...) {
    forget();
    throw;
  }
  // A later read begins anew.
  forget();
  return reason;
}

// Before the last bytes are given away, where all of them were read in order.
Status StreamDownload::check_whole(const Block& block) {
  const std::uint64_t end = block.offset + block.size;
  if (block.offset == 0 && checked_ != end) {  // From the beginning, perhaps again.
    whole_ = crypto::RunningChecksum(info_.checksum.algorithm);
    checked_ = 0;
  }
  if (block.offset > checked_ || end <= checked_) return {};
  crypto::RunningChecksum whole = whole_;
  if (block.offset == checked_) {
    whole.append(block.checksum);
  } else {  // Begun anew within it, after an error.
    whole.update(std::string_view(block.bytes).substr(static_cast<std::size_t>(checked_ - block.offset)));
  }
  if (end == info_.size && !whole.matches(info_.checksum)) {
    return wrong_checksum("what was read before is wrong; read it again");
  }
  whole_ = whole;
  checked_ = end;
  return {};
}

// What was asked for, so that the next block is the one at the position.
void StreamDownload::forget() {
  crew_.reset();
  const std::scoped_lock lock(mutex_);
  blocks_.clear();
  next_ = position_;
  block_size_ = std::min(kFirstBlock, largest_);
}

}  // namespace cloudkit::inline v0::object_store
