#include "core/fail.h"
#include "core/without_value.h"
#include "stack/kind.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::stack {
namespace {

// A bucket has no tags: what is there before its making is written down belongs to others.
class BucketKind : public Kind {
 public:
  bool known_by_name_only() const override { return true; }
  bool is_replaced_unseen() const override { return true; }

  Service service() const override { return Service::objects; }

  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto objects = objects_of(site.providers);
    if (!objects) return std::move(objects).error();
    return core::without_value((*objects)->bucket(std::get<BucketSpec>(spec).name));
  }

  Result<std::optional<Found>> look(const Site& site, const std::string&, const Entry& entry,
                                    const Secrets&) const override {
    return find(site, text_in(entry.inputs, "name"));
  }

  Status refuse_others(const Site& site, const Target& target) const override {
    const std::string& name = std::get<BucketSpec>(target.spec).name;
    auto found = find(site, name);
    // Somebody else's is no matter of permissions.
    if (!found && found.error().code != ErrorCode::permission_denied) return std::move(found).error();
    if (found && !*found) return {};
    return belongs_to_others(target, fmt::format("a bucket \"{}\"", name), name);
  }

  Result<Found> make(const Site& site, const Target& target, const Making& making) const override {
    const auto& spec = std::get<BucketSpec>(target.spec);
    const ObjectStore& objects = **objects_of(site.providers);
    CreateBucketOptions options;
    options.versioned = spec.versioned;
    options.context = site.context;
    auto made = objects.create_bucket(spec.name, options);
    if (!made && made.error().code == ErrorCode::already_exists && making.repeated) {
      if (auto found = find(site, spec.name); found && *found) return finished(site, target);
    }
    if (!made) return std::move(made).error();
    return described(objects, spec.name);
  }

  Result<Found> change(const Site& site, const Target& target, const Entry& entry) const override {
    const auto& spec = std::get<BucketSpec>(target.spec);
    if (!entry.created) return finished(site, target);
    return described(**objects_of(site.providers), spec.name);
  }

  Status remove(const Site& site, const Entry& entry) const override {
    auto objects = objects_of(site.providers);
    if (!objects) return std::move(objects).error();
    const std::string name = text_in(entry.inputs, "name");
    const auto force = entry.inputs.find("force_destroy");
    // What an interrupted run had only begun is empty, or somebody else's.
    if (entry.created && force != entry.inputs.end() && force->second == "true") {
      if (auto emptied = empty(site, **objects, name); !emptied) return emptied;
    }
    BucketOptions options;
    options.context = site.context;
    auto removed = (*objects)->delete_bucket(name, options);
    if (!removed && removed.error().code == ErrorCode::not_found) return {};
    if (!removed && removed.error().code == ErrorCode::conflict) {
      Error error = std::move(removed).error();
      error.hint =
          entry.created
              ? "empty it first; or declare it with force_destroy, BucketSpec::force_destroy in C++, and apply "
                "that"
              : "its making was interrupted, so it may be somebody else's: empty it, or let it go: cloudkit "
                "stack forget, StackDeployment::forget in C++";
      return error;
    }
    return removed;
  }

  Result<Found> import(const Site& site, const Target&, const std::string& id) const override {
    auto found = find(site, id);
    if (!found) return std::move(found).error();
    if (!*found) return core::fail(ErrorCode::not_found, fmt::format("there is no bucket \"{}\"", id));
    (*found)->facts["name"] = json_of(id);
    return **std::move(found);
  }

  Result<Attributes> expected(const Site&, const Target& target) const override {
    return Attributes{{"name", json_of(std::get<BucketSpec>(target.spec).name)}};
  }

 private:
  static Result<Found> described(const ObjectStore& objects, const std::string& name) {
    auto bucket = objects.bucket(name);
    if (!bucket) return std::move(bucket).error();
    Found found;
    found.id = name;
    found.outputs = {{"name", name}, {"url", bucket->url()}};
    return found;
  }

  static Result<std::optional<Found>> find(const Site& site, const std::string& name) {
    auto objects = objects_of(site.providers);
    if (!objects) return std::move(objects).error();
    BucketOptions options;
    options.context = site.context;
    auto there = (*objects)->bucket_exists(name, options);
    if (!there.has_value()) return std::move(there).error();
    if (!*there) return std::optional<Found>();
    return described(**objects, name).map([](Found found) { return std::optional(std::move(found)); });
  }

  // Nobody can tell whether it keeps versions yet: that is a request of its own. Ours is still empty.
  static Result<Found> finished(const Site& site, const Target& target) {
    const auto& spec = std::get<BucketSpec>(target.spec);
    const ObjectStore& objects = **objects_of(site.providers);
    auto bucket = objects.bucket(spec.name);
    if (!bucket) return std::move(bucket).error();
    ListOptions one;
    one.page_size = 1;
    one.context = site.context;
    Listing objects_in = bucket->list(one);
    if (const auto first = objects_in.begin(); first != objects_in.end()) {
      if (!*first) return first->error();
      return belongs_to_others(target, fmt::format("a bucket \"{}\" with objects", spec.name), spec.name);
    }
    if (!spec.versioned) return described(objects, spec.name);
    BucketOptions remove;
    remove.context = site.context;
    auto removed = objects.delete_bucket(spec.name, remove);
    if (!removed && removed.error().code != ErrorCode::not_found) return std::move(removed).error();
    CreateBucketOptions options;
    options.versioned = true;
    options.context = site.context;
    auto made = objects.create_bucket(spec.name, options);
    if (!made) return std::move(made).error();
    return described(objects, spec.name);
  }

  // Objects, uploads and, where it has them, versions.
  static Status empty(const Site& site, const ObjectStore& objects, const std::string& name) {
    auto bucket = objects.bucket(name);
    if (!bucket) return std::move(bucket).error();
    RemoveManyOptions many;
    many.context = site.context;
    auto removed = bucket->remove_all({}, many).status();
    if (!removed) return removed.error().code == ErrorCode::not_found ? Status() : removed;
    const Capabilities able = bucket->capabilities();
    if (able.versions) {
      ListVersionsOptions versions;
      versions.context = site.context;
      VersionOptions one;
      one.context = site.context;
      for (const auto& version : bucket->list_versions(versions)) {
        if (!version) return version.error();
        if (auto gone = bucket->remove_version(version->key, version->version_id, one); !gone) return gone;
      }
    }
    if (!able.uploads || !able.list_uploads) return {};
    ListUploadsOptions uploads;
    uploads.context = site.context;
    AbortUploadOptions one;
    one.context = site.context;
    for (const auto& upload : bucket->list_uploads(uploads)) {
      if (!upload) return upload.error();
      if (auto gone = bucket->abort_upload(upload->key, upload->upload, one); !gone) return gone;
    }
    return {};
  }
};

}  // namespace

const Kind& bucket_kind() {
  static const auto* const kind = new BucketKind;
  return *kind;
}

}  // namespace cloudkit::inline v0::stack
