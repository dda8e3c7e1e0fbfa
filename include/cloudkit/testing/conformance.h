#pragma once

#include <cloudkit/object_store.h>
#include <cloudkit/testing/case_result.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The conformance suite that every backend passes, cloudkit's own and yours. Free of any test
/// framework: docs/backends.md shows the loop that runs it.
namespace cloudkit::inline v0::testing {

/// What the suite needs from a backend. Every member is called from one thread at a time.
struct ObjectStoreHarness {
  std::string name = {};  ///< For messages.
  /// An empty bucket, or an empty prefix of one, that no one else uses. Called once a case. After a case all that is
  /// there is removed, uploads too, so it may be the same bucket every time; in one that is not empty before the case
  /// nothing is removed, and the case fails.
  std::function<Result<Bucket>()> make_bucket = {};
  /// Optional: the store itself, for the cases about buckets; their names begin with
  /// `bucket_prefix` and are unique to the run.
  std::function<Result<ObjectStore>()> make_store = {};
  std::string bucket_prefix = "ck-conformance-";  ///< Lower-case letters, digits and `-`.
  /// Optional: a bucket that does not exist.
  std::function<Result<Bucket>()> missing_bucket = {};
  /// Optional: how many requests the backend has sent, ever.
  std::function<long()> request_count = {};
  /// Optional: the next get that is answered breaks after so many bytes of its object, as a connection does.
  std::function<void(std::uint64_t bytes)> cut_next_reply = {};
  /// Optional: for the cases about presigned URLs.
  Fetch http_fetch = {};
  /// Optional: a storage class that objects can have besides the usual one.
  std::string storage_class = {};
  /// Fewer keys and rounds, for slow or costly servers.
  bool reduced = false;  // windows.h has a macro small
  /// Cases that this server is known to fail, each with the reason: they are skipped when they
  /// fail. When one passes it is a failure: the deviation has been fixed and its line must go.
  Deviations known_deviations = {};
  /// The same of cases that fail by chance only, such as those that need a race to be lost:
  /// passing is no failure.
  Deviations occasional_deviations = {};
  /// How many requests an upload of three parts takes, with its begin and its end; one more is allowed.
  long three_part_requests = 5;
  /// Versions are kept in all buckets of `make_store` or in none: create_bucket cannot choose.
  bool versions_of_account = false;
  /// Optional: how many bytes of bodies the backend has sent, ever.
  std::function<std::uint64_t()> sent_bytes = {};
  /// Optional, for backends that cannot list their uploads: how many are under way.
  std::function<std::size_t()> open_uploads = {};
  /// How many keys a page of a listing has, where 1000 are asked for.
  long keys_per_page = 1000;
};

/// The names of all cases, in the order of docs/backends.md.
CLOUDKIT_API std::vector<std::string> object_store_cases();
/// Runs one case. Never throws. A case that the backend's capabilities exclude is skipped. Two cases count the file
/// descriptors of the whole program, in which nothing else may open more and more of them meanwhile.
CLOUDKIT_API CaseResult run(std::string_view case_name, const ObjectStoreHarness& harness);
/// The same harness, with buckets below a prefix: every backend must pass both.
CLOUDKIT_API ObjectStoreHarness below_prefix(ObjectStoreHarness harness);

}  // namespace cloudkit::inline v0::testing
