#include "core/content_type.h"
#include "core/fail.h"
#include "core/named_error.h"
#include "core/without_value.h"
#include "object_store/checks.h"
#include "object_store/fetch.h"
#include "object_store/local_io.h"
#include "object_store/perform.h"
#include "object_store/transfer/copy.h"
#include "object_store/transfer/copy_across.h"
#include "object_store/transfer/download.h"
#include "object_store/transfer/upload.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace cloudkit::inline v0 {
namespace {

using object_store::check_call;
using object_store::join;
using object_store::named;
using object_store::perform;
using object_store::shown;

constexpr std::size_t kMaxReserve = std::size_t{64} << 20;  // A service may announce more than it sends.

// Before a file is opened: bad arguments touch none.
Status check_put_call(std::string_view key, const Capabilities& capabilities, const PutOptions& options) {
  if (auto status = check_call(key, capabilities, options.context); !status) return status;
  return core::without_value(object_store::check_put(options, capabilities));
}

Status check_get_call(std::string_view key, const Capabilities& capabilities, const GetOptions& options) {
  if (auto status = check_call(key, capabilities, options.context); !status) return status;
  return object_store::check_get(options, capabilities);
}

// `file` is the source, if it is a file.
Result<ObjectInfo> put_source(BucketDriver& driver, std::string_view key, const std::string& whole,
                              const Source& source, const object_store::FileSource* file,
                              const Capabilities& capabilities, const PutOptions& options) {
  auto checked = object_store::check_put(options, capabilities);
  if (!checked) return checked.error();
  if (std::string& type = checked->content.type; type.empty()) {
    type = file ? core::content_type_of(key, core::content_type_of(file->path())) : core::content_type_of(key);
  }
  const auto show = [&](ObjectInfo info) { return shown(std::move(info), key); };
  if (file && options.transfer.resume) {
    if (object_store::wants_parts(driver, capabilities, source.size(), *checked)) {
      return object_store::upload_resumably(driver, whole, *file, *std::move(checked)).map(show);
    }
    if (auto status = object_store::forget_earlier_upload(driver, whole, *file, *checked); !status) {
      return std::move(status).error();
    }
  }
  return object_store::put(driver, capabilities, whole, source, *std::move(checked)).map(show);
}

}  // namespace

Bucket::Bucket(std::shared_ptr<BucketDriver> driver, std::string prefix)
    : driver_(std::move(driver)), prefix_(std::move(prefix)) {
  if (!prefix_.empty() && prefix_.back() != '/') prefix_ += '/';
}

std::string Bucket::url() const {
  return prefix_.empty() ? driver_->url() : driver_->url() + '/' + prefix_.substr(0, prefix_.size() - 1);
}

std::string Bucket::url(std::string_view key) const { return fmt::format("{}/{}{}", driver_->url(), prefix_, key); }

bool Bucket::overlaps(const Bucket& other) const {
  const auto nested = [](const std::string& a, const std::string& b) { return a.starts_with(b) || b.starts_with(a); };
  // Of directories each may be a bucket, so that their names say nothing of what is below them.
  if (url().starts_with("file://") && other.url().starts_with("file://")) return nested(url() + '/', other.url() + '/');
  return driver_->store_id() == other.driver_->store_id() && driver_->name() == other.driver_->name() &&
         nested(prefix_, other.prefix_);
}

Capabilities Bucket::capabilities() const {
  Capabilities capabilities = driver_->capabilities();
  // The limit is the whole key's: less is left for those below a prefix.
  capabilities.max_key_size -= std::min(prefix_.size(), capabilities.max_key_size);
  return capabilities;
}

Result<Bucket> Bucket::below(std::string_view prefix) const {
  if (auto status = object_store::check_key(prefix, driver_->capabilities()); !status) {
    return named(status.error(), "below", url(prefix));
  }
  return Bucket(driver_, prefix_ + std::string(prefix));
}

Result<ObjectInfo> Bucket::put(std::string_view key, const Source& source, const PutOptions& options) const {
  const std::string whole = join(prefix_, key);
  const auto resource = [&] { return url(key); };
  const Capabilities capabilities = driver_->capabilities();
  return perform("put", resource, check_call(whole, capabilities, options.context), [&]() -> Result<ObjectInfo> {
    if (auto status = object_store::check_no_resume(options.transfer); !status) return std::move(status).error();
    return put_source(*driver_, key, whole, source, nullptr, capabilities, options);
  });
}

Result<ObjectInfo> Bucket::put(std::string_view key, Bytes data, const PutOptions& options) const {
  return put(key, object_store::BytesSource(data), options);
}

Result<ObjectInfo> Bucket::put(std::string_view key, const File& file, const PutOptions& options) const {
  const std::string whole = join(prefix_, key);
  const auto resource = [&] { return url(key); };
  const Capabilities capabilities = driver_->capabilities();
  return perform("put", resource, check_put_call(whole, capabilities, options), [&]() -> Result<ObjectInfo> {
    const auto source = object_store::open_source(file);
    if (!source) return source.error();
    return put_source(*driver_, key, whole, **source, source->get(), capabilities, options);
  });
}

Result<Object> Bucket::get(std::string_view key, const GetOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("get", resource, check_call(whole, capabilities, options.context), [&]() -> Result<Object> {
    if (auto status = object_store::check_get(options, capabilities); !status) return status.error();
    Object object;
    std::size_t announced = 0;
    object_store::FetchTarget target;
    target.begin = [&](const ObjectInfo&, std::uint64_t length) -> Status {
      if (length > options.max_size) {
        return core::invalid_argument(fmt::format("it has {} bytes, more than max_size ({})", length, options.max_size),
                                      "raise GetOptions::max_size, or download it to a file or a sink");
      }
      announced = static_cast<std::size_t>(length);
      object.data.reserve(std::min(announced, kMaxReserve));
      return {};
    };
    target.write = [&](Bytes chunk) -> Status {
      // Once that much has come, the rest is believed: to grow by doubling would move most of it twice.
      if (object.data.capacity() - object.data.size() < chunk.size()) object.data.reserve(announced);
      object.data.append(chunk.view());
      return {};
    };
    target.restart = [&] { object.data.clear(); };
    auto info = object_store::fetch(*driver_, whole, options, target);
    if (!info) return std::move(info).error();
    object.info = shown(*std::move(info), key);
    return object;
  });
}

Result<std::optional<Object>> Bucket::get_if_changed(std::string_view key, std::string_view token,
                                                     const GetOptions& options) const {
  if (options.condition) {
    const auto resource = [&] { return url(key); };
    const auto nothing = []() -> Result<std::optional<Object>> { return std::optional<Object>(); };
    return perform("get", resource, core::invalid_argument("get_if_changed makes the condition itself"), nothing);
  }
  GetOptions conditional = options;
  conditional.condition = Condition::not_match(std::string(token));
  auto object = get(key, conditional);
  if (object) return std::optional<Object>(*std::move(object));
  if (object.error().code == ErrorCode::not_modified) return std::optional<Object>();
  return std::move(object).error();
}

Result<std::size_t> Bucket::read_at(std::string_view key, std::uint64_t offset, std::span<char> out,
                                    const GetOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  Status checked = check_call(whole, capabilities, options.context);
  if (options.range) checked = core::invalid_argument("read_at makes the range itself");
  return perform("read_at", resource, std::move(checked), [&]() -> Result<std::size_t> {
    if (auto status = object_store::check_get(options, capabilities); !status) return status.error();
    if (out.empty()) return std::size_t{0};
    GetOptions ranged = options;
    ranged.range = ByteRange{offset, out.size(), false};
    std::size_t filled = 0;
    object_store::FetchTarget target;
    target.begin = [&](const ObjectInfo&, std::uint64_t length) -> Status {
      if (length > out.size()) return core::fail(ErrorCode::data_loss, "more bytes are announced than were asked for");
      return {};
    };
    target.write = [&](Bytes chunk) -> Status {
      std::memcpy(out.data() + filled, chunk.data(), chunk.size());
      filled += chunk.size();
      return {};
    };
    target.restart = [&] { filled = 0; };
    auto info = object_store::fetch(*driver_, whole, ranged, target);
    if (info) return filled;
    if (info.error().code == ErrorCode::invalid_argument) {
      // A range past the end reads as nothing, as a file does. Only this rare case costs a HEAD.
      auto head = driver_->head(whole, {.version_id = options.version_id, .context = options.context});
      if (head && offset >= head->size) return std::size_t{0};
    }
    return std::move(info).error();
  });
}

Result<ObjectInfo> Bucket::download(std::string_view key, Sink& sink, const GetOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("download", resource, check_call(whole, capabilities, options.context), [&]() -> Result<ObjectInfo> {
    if (auto status = object_store::check_get(options, capabilities); !status) return status.error();
    if (auto status = object_store::check_no_resume(options.transfer); !status) return std::move(status).error();
    object_store::FetchTarget target;
    target.begin = [](const ObjectInfo&, std::uint64_t) -> Status { return {}; };
    target.write = [&](Bytes chunk) { return sink.write(chunk); };
    auto info = object_store::fetch(*driver_, whole, options, target);
    if (!info) return info;
    return shown(*std::move(info), key);
  });
}

Result<ObjectInfo> Bucket::download(std::string_view key, const File& file, const GetOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("download", resource, check_get_call(whole, capabilities, options), [&]() -> Result<ObjectInfo> {
    auto info = object_store::download(*driver_, whole, options, file.path);
    if (!info) return info;
    return shown(*std::move(info), key);
  });
}

Result<ObjectInfo> Bucket::head(std::string_view key, const HeadOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("head", resource, check_call(whole, capabilities, options.context), [&]() -> Result<ObjectInfo> {
    if (auto status = object_store::check_version(options.version_id, capabilities); !status) return status.error();
    auto info = driver_->head(whole, options);
    if (!info) return info;
    return shown(*std::move(info), key);
  });
}

Result<bool> Bucket::exists(std::string_view key, const HeadOptions& options) const {
  auto info = head(key, options);
  if (info) return true;
  if (info.error().code == ErrorCode::not_found) return false;
  return std::move(info).error();
}

Status Bucket::remove(std::string_view key, const RemoveOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("remove", resource, check_call(whole, capabilities, options.context), [&]() -> Status {
    if (auto status = object_store::check_remove(options, capabilities); !status) return status;
    return driver_->remove(whole, options);
  });
}

Result<ObjectInfo> Bucket::copy(std::string_view from, std::string_view to, const CopyOptions& options) const {
  return copy_from(*this, from, to, options);
}

Result<ObjectInfo> Bucket::copy_from(const Bucket& source, std::string_view from, std::string_view to,
                                     const CopyOptions& options) const {
  CopyRequest request;
  request.source_bucket = source.driver_->name();
  request.source_key = join(source.prefix_, from);
  request.destination_key = join(prefix_, to);
  Capabilities capabilities = driver_->capabilities();
  Status checked = check_call(request.source_key, source.driver_->capabilities(), options.context);
  if (checked) checked = object_store::check_key(request.destination_key, capabilities);
  const bool one_store = source.driver_->copy_id() == driver_->copy_id();
  if (!one_store) capabilities.copy_if_absent = capabilities.put_if_absent;
  const auto resource = [&] { return source.url(from) + " to " + url(to); };
  return perform("copy", resource, std::move(checked), [&]() -> Result<ObjectInfo> {
    auto checked_options = object_store::check_copy(to, options, capabilities);
    if (!checked_options) return checked_options.error();
    request.options = *std::move(checked_options);
    const auto show = [&](ObjectInfo info) { return shown(std::move(info), to); };
    if (one_store) {
      auto copied = object_store::copy(*source.driver_, *driver_, request);
      // The service copies with the destination's credentials, which need not be those that may read the source.
      const bool refused =
          !copied && copied.error().code == ErrorCode::permission_denied && !copied.error().may_have_happened;
      if (!refused || source.driver_ == driver_) return std::move(copied).map(show);
    }
    return object_store::copy_across(source.driver_, *driver_, request).map(show);
  });
}

Result<std::string> Bucket::presign(std::string_view key, const PresignOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("presign", resource, check_call(whole, capabilities, options.context), [&]() -> Result<std::string> {
    if (auto status = object_store::check_presign(options, capabilities); !status) return status.error();
    return driver_->presign(whole, options);
  });
}

}  // namespace cloudkit::inline v0
