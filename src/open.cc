#include <cloudkit/driver/object_store.h>
#include <cloudkit/open.h>

#include "core/fail.h"
#include "core/openers.h"
#include "local/open.h"
#include "memory/open.h"
#if CLOUDKIT_AWS
#include "aws/s3/open.h"
#endif
#if CLOUDKIT_GCP
#include "gcp/gcs/open.h"
#endif
#if CLOUDKIT_AZURE
#include "azure/blob/open.h"
#endif

// The only file that names every built-in backend.
namespace cloudkit::inline v0 {
namespace {

void add_built_in(Registry& registry) {
  registry.add_object_store("mem", memory::open_store, memory::open_bucket);
  registry.add_object_store("file", local::open_store, local::open_bucket);
#if CLOUDKIT_AWS
  registry.add_object_store("s3", aws::s3::open_store);
#endif
#if CLOUDKIT_GCP
  registry.add_object_store("gs", gcp::gcs::open_store);
#endif
#if CLOUDKIT_AZURE
  registry.add_object_store("az", azure::blob::open_store);
#endif
}

// Host and path are bucket and prefix, where the scheme does not say otherwise.
Result<BucketLocation> locate(const Registry::StoreOpener& open_store, const Url& url) {
  if (url.host.empty()) return core::invalid_argument("the URL names no bucket", "write SCHEME://BUCKET");
  auto store = open_store(url);
  if (!store) return std::move(store).error();
  BucketLocation location;
  location.store = *std::move(store);
  location.bucket = url.host;
  location.prefix = url.path.size() > 1 ? url.path.substr(1) : "";
  return location;
}

}  // namespace

struct Registry::Impl {
  struct Scheme {
    StoreOpener open_store;
    BucketOpener open_bucket;
  };

  core::Openers<Scheme> schemes;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Registry& Registry::global() {
  // Never destroyed: handles may be opened while globals end.
  static Registry* const registry = [] {
    auto* made = new Registry;
    add_built_in(*made);
    return made;
  }();
  return *registry;
}

void Registry::add_object_store(std::string_view scheme, StoreOpener open_store, BucketOpener open_bucket) {
  impl_->schemes.add(scheme, {std::move(open_store), std::move(open_bucket)});
}

std::vector<std::string> Registry::schemes() const { return impl_->schemes.schemes(); }

Result<std::shared_ptr<ObjectStoreDriver>> Registry::object_store(std::string_view url) const {
  auto parsed = Url::parse(url);
  if (!parsed) return core::while_opening(std::move(parsed).error(), url);
  auto scheme = impl_->schemes.find(parsed->scheme);
  if (!scheme) return core::while_opening(std::move(scheme).error(), url);
  auto store = scheme->open_store(*parsed);
  if (!store) return core::while_opening(std::move(store).error(), url);
  return store;
}

Result<BucketLocation> Registry::bucket(std::string_view url) const {
  auto parsed = Url::parse(url);
  if (!parsed) return core::while_opening(std::move(parsed).error(), url);
  auto scheme = impl_->schemes.find(parsed->scheme);
  if (!scheme) return core::while_opening(std::move(scheme).error(), url);
  auto location = scheme->open_bucket ? scheme->open_bucket(*parsed) : locate(scheme->open_store, *parsed);
  if (!location) return core::while_opening(std::move(location).error(), url);
  return location;
}

namespace {

// Of a name that somebody else has taken, only that he lets us in tells that it was meant.
bool is_there(const Error& error, const ObjectStore& store, const std::string& bucket, const Context& context) {
  if (error.code != ErrorCode::already_exists) return false;
  return error.service_code != "BucketAlreadyExists" || store.bucket_exists(bucket, {context}).value_or(false);
}

}  // namespace

Result<Bucket> open_bucket(std::string_view url, const OpenOptions& options) {
  auto location = Registry::global().bucket(url);
  if (!location) return std::move(location).error();
  auto driver = location->store->bucket(location->bucket);
  if (!driver) return core::while_opening(std::move(driver).error(), url);
  if (options.create) {
    const ObjectStore store(location->store);
    const auto created = store.create_bucket(location->bucket, {options.context});
    if (!created && !is_there(created.error(), store, location->bucket, options.context)) return created.error();
  }
  Bucket bucket(*std::move(driver));
  if (location->prefix.empty()) return bucket;
  auto below = bucket.below(location->prefix);
  if (!below) return core::while_opening(std::move(below).error(), url);
  return below;
}

Result<ObjectStore> open_object_store(std::string_view url) {
  auto store = Registry::global().object_store(url);
  if (!store) return std::move(store).error();
  return ObjectStore(*std::move(store));
}

}  // namespace cloudkit::inline v0
