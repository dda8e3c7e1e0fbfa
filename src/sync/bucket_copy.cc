#include "sync/bucket_copy.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <map>
#include <string_view>

namespace cloudkit::inline v0::syncing {
namespace {

// Up to here one get and one put do.
constexpr std::uint64_t kSmallSize = std::uint64_t{8} << 20;
constexpr std::size_t kCopiedAtOnce = std::size_t{256} << 10;

Error other_bytes() { return core::fail(ErrorCode::data_loss, "the bytes have changed: their SHA-256 is another one"); }

PutOptions put_options(const BucketCopy& copy, const ObjectInfo& info) {
  PutOptions options = copy.put;
  if (!copy.with_headers) return options;
  options.content = info.content;
  options.metadata = info.metadata;
  return options;
}

Result<CopiedBytes> copy_small(const BucketCopy& copy, bool& at_target) {
  auto object = copy.from.get(copy.from_key, copy.get);
  if (!object) return std::move(object).error();
  CopiedBytes copied;
  copied.size = object->data.size();
  copied.sha256 = core::hex_encode(crypto::sha256(object->data));
  if (!copy.sha256.empty() && copy.sha256 != copied.sha256) return other_bytes();
  if (copy.progress) copy.progress(copied.size);
  const auto put = copy.to.put(copy.to_key, object->data, put_options(copy, object->info));
  at_target = !put;
  if (!put) return put.error();
  copied.stored = put->token;
  copied.info = std::move(object->info);
  return copied;
}

Result<CopiedBytes> copy_large(const BucketCopy& copy, bool& at_target) {
  auto reader = copy.from.open_reader(copy.from_key, copy.get);
  if (!reader) return std::move(reader).error();
  PutOptions options = put_options(copy, reader->info());
  options.transfer.expected_size = reader->size();
  auto writer = copy.to.open_writer(copy.to_key, options);
  at_target = !writer;
  if (!writer) return std::move(writer).error();
  CopiedBytes copied;
  crypto::Sha256 digest;
  std::string block(kCopiedAtOnce, '\0');
  while (true) {
    const auto count = reader->read_some({block.data(), block.size()});
    if (!count) return count.error();
    if (*count == 0) break;
    const std::string_view bytes = std::string_view(block).substr(0, *count);
    digest.update(bytes);
    copied.size += bytes.size();
    if (copy.progress) copy.progress(bytes.size());
    Status written = writer->write(bytes);
    at_target = !written;
    if (!written) return std::move(written).error();
  }
  copied.sha256 = core::hex_encode(digest.finish());
  if (!copy.sha256.empty() && copy.sha256 != copied.sha256) return other_bytes();
  const auto put = writer->finish();
  at_target = !put;
  if (!put) return put.error();
  copied.stored = put->token;
  copied.info = reader->info();
  return copied;
}

// A listing begins behind what is given: so the last character goes.
std::string just_before(std::string key) {
  while (!key.empty() && (static_cast<unsigned char>(key.back()) & 0xC0) == 0x80) key.pop_back();
  if (!key.empty()) key.pop_back();
  return key;
}

}  // namespace

Result<CopiedBytes> copy_bytes(const BucketCopy& copy, bool& at_target) {
  at_target = false;
  return copy.size <= kSmallSize ? copy_small(copy, at_target) : copy_large(copy, at_target);
}

Result<std::vector<std::size_t>> find_wrong_copies(const Bucket& bucket, const std::string& snapshot,
                                                   const std::vector<Entry>& entries, const Context& context) {
  std::map<std::string, std::size_t, std::less<>> wanted;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (has_copy(entries[i])) wanted.emplace(snapshot + '/' + entries[i].path, i);
  }
  if (wanted.empty()) return std::vector<std::size_t>();
  ListOptions options;
  options.prefix = snapshot + '/';
  options.start_after = just_before(wanted.begin()->first);
  options.context = context;
  const std::string last = wanted.rbegin()->first;
  // Paths are nearly in the order of their keys. Where they are not, what lies between may be all the others.
  std::size_t left = 2 * entries.size() + 2000;
  for (const auto& found : bucket.list(options)) {
    if (!found) return found.error();
    if (found->key > last || wanted.empty() || left-- == 0) break;
    const auto entry = wanted.find(found->key);
    if (entry == wanted.end()) continue;
    const Entry& expected = entries[entry->second];
    if (found->size == expected.info.size && found->token == expected.stored) wanted.erase(entry);
  }
  std::vector<std::size_t> wrong;
  for (const auto& [key, index] : wanted) {
    const auto info = bucket.head(key, {.context = context});
    if (!info && info.error().code != ErrorCode::not_found) return info.error();
    const bool right = info && info->size == entries[index].info.size && info->token == entries[index].stored;
    if (!right) wrong.push_back(index);
  }
  return wrong;
}

Status for_each_extra(const Bucket& bucket, const std::string& snapshot, const PathSet& known, const Context& context,
                      const std::function<Status(const std::string& path)>& take) {
  const std::string prefix = snapshot + '/';
  for (const auto& found : bucket.list({.prefix = prefix, .context = context})) {
    if (!found) return found.error();
    const std::string path = found->key.substr(prefix.size());
    if (known.has(path)) continue;
    if (auto status = take(path); !status) return status;
  }
  return {};
}

}  // namespace cloudkit::inline v0::syncing
