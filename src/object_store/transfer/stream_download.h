#pragma once

#include "crypto/checksum.h"
#include "object_store/transfer/crew.h"

#include <cloudkit/driver/object_store.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace cloudkit::inline v0::object_store {

/// An object that is read as a file is. It comes in blocks, each a get that is pinned to the content of the first
/// reply: larger ones while it is read in order, of which threads fetch the next; none while nobody reads, so that a
/// reader may rest as long as it likes. For one thread at a time.
class StreamDownload {
 public:
  StreamDownload(std::shared_ptr<BucketDriver> driver, std::string key, GetOptions options);

  /// The first request, which also says what there is. Once, before all others. Errors: as `fetch`.
  Status open();
  const ObjectInfo& info() const noexcept { return info_; }
  std::uint64_t tell() const noexcept { return position_; }
  void seek(std::uint64_t position) noexcept { position_ = position; }
  /// Fills `out`, less only at the end of the object. After an error the position is what it was.
  Result<std::size_t> read(std::span<char> out);
  /// What is there, and at least one byte, except at the end.
  Result<std::size_t> read_some(std::span<char> out);

 private:
  struct Block {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string bytes = {};
    crypto::RunningChecksum checksum = {};
    std::atomic<bool> ready = false;
  };

  std::shared_ptr<Block> find(std::uint64_t position);
  Result<std::shared_ptr<Block>> obtain(std::size_t wanted);
  Status request_next();
  Status read_ahead();
  Result<std::uint64_t> fetch_block(std::uint64_t offset, const Context& context);
  Status wait_for(const Block& block);
  Status check_whole(const Block& block);
  void forget();

  const std::shared_ptr<BucketDriver> driver_;
  const std::string key_;
  const GetOptions options_;
  const std::uint64_t largest_;  // Block.
  const int most_workers_;
  ObjectInfo info_;
  std::uint64_t position_ = 0;

  std::uint64_t next_ = 0;        // The end of what was asked for.
  std::uint64_t block_size_ = 0;  // Of the next block.
  crypto::RunningChecksum whole_;
  std::uint64_t checked_ = 0;  // How much of the object, from its beginning, `whole_` has seen.

  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Block>> blocks_;  // By offset, without gaps. Changed by the reader only.
  std::unique_ptr<Crew> crew_;                              // The last member: its threads use the others.
};

}  // namespace cloudkit::inline v0::object_store
