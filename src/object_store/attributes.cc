#include "object_store/checks.h"
#include "object_store/perform.h"
#include "object_store/transfer/copy.h"
#include "object_store/write_id.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include "core/fail.h"

namespace cloudkit::inline v0 {

using object_store::check_call;
using object_store::join;
using object_store::perform;

Result<ObjectInfo> Bucket::set_metadata(std::string_view key, const SetMetadataOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("set_metadata", resource, check_call(whole, capabilities, options.context),
                 [&]() -> Result<ObjectInfo> {
                   const auto checked = object_store::check_set_metadata(key, options, capabilities);
                   if (!checked) return checked.error();
                   auto info = object_store::set_metadata(*driver_, whole, *checked);
                   if (!info) return info;
                   info->key = key;
                   return object_store::without_write_id(*std::move(info));
                 });
}

namespace {

Status check_tag_call(const TagOptions& options, const Capabilities& capabilities) {
  if (!capabilities.tags) return object_store::no_tags();
  if (!options.version_id.empty() && !capabilities.versions) {
    return core::unsupported("this backend keeps no versions");
  }
  return {};
}

}  // namespace

Result<Tags> Bucket::get_tags(std::string_view key, const TagOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("get_tags", resource, check_call(whole, capabilities, options.context), [&]() -> Result<Tags> {
    if (auto status = check_tag_call(options, capabilities); !status) return status.error();
    return driver_->get_tags(whole, options);
  });
}

Status Bucket::set_tags(std::string_view key, const Tags& tags, const TagOptions& options) const {
  const std::string whole = join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  return perform("set_tags", resource, check_call(whole, capabilities, options.context), [&]() -> Status {
    if (auto status = check_tag_call(options, capabilities); !status) return status;
    if (auto status = object_store::check_tags(tags); !status) return status;
    return driver_->set_tags(whole, tags, options);
  });
}

}  // namespace cloudkit::inline v0
