#pragma once

#include <cloudkit/object_store.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

/// A URL such as `s3://reports/2026?region=eu-west-1`, taken apart and decoded.
struct Url {
  std::string scheme = {};  ///< Lower case.
  std::string host = {};    ///< Between `//` and the next `/`, or that after an ARN's "accesspoint/NAME".
  std::string path = {};    ///< With its leading `/`, or empty.
  std::map<std::string, std::string> query = {};  ///< Decoded. Each key comes once.
  std::string user = {};  ///< Of `ssh://USER@HOST:PORT` only, as the port. An IPv6 address there loses its brackets.
  int port = 0;           ///< 0: none was given.

  /// Errors: `invalid_argument`: no scheme, control characters, user information, a port, a
  /// fragment, bad percent encoding, a query key given twice; a password always.
  CLOUDKIT_API static Result<Url> parse(std::string_view text);
  /// Errors: `invalid_argument`, naming the first key that is not among `known`, and those.
  CLOUDKIT_API Status allow_only(const std::vector<std::string_view>& known) const;
  /// The value of a query key, or "".
  CLOUDKIT_API std::string get(std::string_view key) const;
};

/// Where a bucket's URL leads.
struct BucketLocation {
  std::shared_ptr<ObjectStoreDriver> store = {};  ///< The account or endpoint.
  std::string bucket = {};                        ///< Its name there.
  std::string prefix = {};                        ///< Without its leading `/`.
};

/// The schemes that `open_bucket` and `open_object_store` know. Thread-safe. Explicit, because
/// a backend that registers itself is dropped by linkers from static libraries.
class CLOUDKIT_API Registry {
 public:
  /// Makes a driver of a URL, or says what is wrong with it.
  using StoreOpener = std::function<Result<std::shared_ptr<ObjectStoreDriver>>(const Url&)>;
  using BucketOpener = std::function<Result<BucketLocation>(const Url&)>;  ///< The same for a URL of a bucket.

  /// The registry of the process, with the built-in schemes.
  static Registry& global();

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// `open_store` and `open_bucket` are called from any thread and do no I/O. Without `open_bucket`, host and path of a
  /// URL are bucket and prefix. Replaces what the scheme was before.
  void add_object_store(std::string_view scheme, StoreOpener open_store, BucketOpener open_bucket = {});
  /// What the scheme's opener makes of `url`. Errors: its own; `invalid_argument` for a URL that is
  /// none, or a scheme that is not known.
  Result<std::shared_ptr<ObjectStoreDriver>> object_store(std::string_view url) const;
  /// The same for a bucket. Errors: as `object_store`.
  Result<BucketLocation> bucket(std::string_view url) const;
  /// Those that are known, sorted: "s3".
  std::vector<std::string> schemes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// For `open_bucket`.
struct OpenOptions {
  /// Make the bucket when it does not exist: the only I/O of opening. `already_exists`: somebody else has a bucket of
  /// that name, which these credentials may not look at. One that they may is taken, whoever's it is.
  bool create = false;
  Context context = {};
};

/// `s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]`, `az://CONTAINER[/PREFIX]?account=NAME`, `file:///DIR`, `mem://NAME`.
/// Errors: `invalid_argument` for a URL that cannot be right, with the known schemes or query keys; with `create`,
/// those of `ObjectStore::create_bucket`, `already_exists` only as `OpenOptions` says.
CLOUDKIT_API Result<Bucket> open_bucket(std::string_view url, const OpenOptions& options = {});
/// `s3://`, `gs://`, `az://?account=NAME`, `file:///DIR`, `mem://`. Errors: as `open_bucket`.
CLOUDKIT_API Result<ObjectStore> open_object_store(std::string_view url);

}  // namespace cloudkit::inline v0
