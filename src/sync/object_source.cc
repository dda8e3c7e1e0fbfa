#include "sync/object_source.h"

#include "core/fail.h"

namespace cloudkit::inline v0::syncing {
namespace {

using Outcome = Fetched::Outcome;

// An object that is replaced again and again.
constexpr int kMostChanges = 3;

}  // namespace

ObjectSource::ObjectSource(const Bucket& from, const TransferOptions& transfer, bool tags)
    : from_(from), transfer_(transfer), tags_(tags), capabilities_(from.capabilities()) {}

Fetched ObjectSource::lost(const Error& error, const Context& context) const {
  return {ends_all(error, context) ? Outcome::stopped : Outcome::failed, error};
}

bool ObjectSource::is_listed(const Entry& entry, const Context& context, Status& status) const {
  const std::string& key = entry.info.key;
  if (!entry.info.version_id.empty()) {
    for (const auto& found : from_.list_versions({.prefix = key, .context = context})) {
      if (!found) status = found.error();
      if (!found || found->key != key) return false;
      if (found->version_id == entry.info.version_id) return true;
    }
    return false;
  }
  // In byte order a key comes before all that begin with it.
  for (const auto& found : from_.list({.prefix = key, .page_size = 1, .context = context})) {
    if (!found) status = found.error();
    return found && found->key == key;
  }
  return false;
}

// A read alone may be wrong: an index lags, or a disk is not mounted any more.
Fetched ObjectSource::gone(const Entry& entry, const Error& error, const Context& context) const {
  Status listed;
  const bool there = is_listed(entry, context, listed);
  if (!listed) return lost(listed.error(), context);
  if (!there) return {Outcome::vanished, error};
  return {Outcome::failed, core::fail(ErrorCode::not_found, "the object is listed, and cannot be found",
                                      "its storage may be damaged, or lag behind; the next backup tries again")};
}

GetOptions ObjectSource::options_for(const Entry& entry, const Context& context) const {
  GetOptions options;
  options.context = context;
  options.transfer.bandwidth = transfer_.bandwidth;
  options.version_id = entry.info.version_id;
  if (capabilities_.conditional_get && options.version_id.empty() && !entry.info.token.empty()) {
    options.condition = Condition::match(entry.info.token);
  }
  return options;
}

// A listing knows the time better than a header, which has seconds.
void ObjectSource::take_info(Entry& entry, ObjectInfo info) const {
  info.key = entry.info.key;
  if (info.token == entry.info.token) info.modified = entry.info.modified;
  if (info.storage_class.empty()) info.storage_class = entry.info.storage_class;
  // What was not asked for by its version is not to be found by it.
  info.version_id = entry.info.version_id;
  entry.info = std::move(info);
}

Fetched ObjectSource::fetch(Entry& entry, const Context& context, const Bring& bring) const {
  for (int changes = 0;; ++changes) {
    // Before the bytes have their place, which they get once: what fails then, or is to be done again, has left
    // nothing.
    Fetched fetched = tags_ ? read_tags(entry, context) : Fetched();
    if (fetched.outcome != Outcome::done) return fetched;
    fetched = bring(entry, context);
    if (fetched.outcome != Outcome::failed) return fetched;
    const bool missing = fetched.error.code == ErrorCode::not_found;
    if (missing && !entry.info.version_id.empty()) return gone(entry, fetched.error, context);
    const bool changed = missing || fetched.error.code == ErrorCode::precondition_failed;
    if (!changed || !entry.info.version_id.empty()) return fetched;
    if (changes == kMostChanges) {
      return {Outcome::failed, core::fail(ErrorCode::conflict, "the object was replaced each time that it was read",
                                          "the next backup tries again")};
    }
    auto now = from_.head(entry.info.key, {.context = context});
    if (!now && ends_all(now.error(), context)) return lost(now.error(), context);
    if (!now && now.error().code == ErrorCode::not_found) return gone(entry, now.error(), context);
    if (!now) return lost(now.error(), context);
    entry.tags.reset();
    take_info(entry, *std::move(now));
  }
}

Fetched ObjectSource::read_tags(Entry& entry, const Context& context) const {
  auto tags = from_.get_tags(entry.info.key, {.version_id = entry.info.version_id, .context = context});
  if (!tags && ends_all(tags.error(), context)) return lost(tags.error(), context);
  if (!tags && tags.error().code == ErrorCode::not_found) return gone(entry, tags.error(), context);
  if (!tags) return lost(tags.error(), context);
  entry.tags = *std::move(tags);
  return {};
}

Fetched ObjectSource::refresh(Entry& entry, const Context& context) const {
  HeadOptions options;
  options.context = context;
  options.version_id = entry.info.version_id;
  auto info = from_.head(entry.info.key, options);
  if (!info && ends_all(info.error(), context)) return lost(info.error(), context);
  if (!info && info.error().code == ErrorCode::not_found) return gone(entry, info.error(), context);
  if (!info) return lost(info.error(), context);
  if (info->token != entry.info.token || info->size != entry.info.size) {
    if (entry.action == Entry::Action::directory) {
      return {Outcome::failed, core::fail(ErrorCode::conflict, "the marker was replaced while it was read",
                                          "the next backup tries again")};
    }
    entry.action = Entry::Action::fetch;
    entry.tags.reset();  // The other object's.
  }
  take_info(entry, *std::move(info));
  return tags_ && entry.action != Entry::Action::fetch ? read_tags(entry, context) : Fetched();
}

}  // namespace cloudkit::inline v0::syncing
