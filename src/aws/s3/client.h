#pragma once

#include "auth/sigv4.h"
#include "aws/client_parts.h"
#include "aws/s3/settings.h"

#include <cloudkit/aws.h>
#include <cloudkit/driver/http.h>
#include <cloudkit/finding.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::aws::s3 {

using aws::ClientParts;
/// `unguarded` sends conditions that the server may ignore.
enum class Caution { guarded, unguarded };

/// Sends requests about buckets to where the buckets are. Shared by a store and its buckets;
/// thread-safe; reads configuration at the first call.
class S3Client {
 public:
  /// Makes the request for a target, perhaps for a second one when the first is the wrong region.
  using Build = std::function<Result<http::Request>(const Target&)>;

  explicit S3Client(S3Options options, ClientParts parts = {}, Caution caution = Caution::guarded);

  bool anonymous() const noexcept { return options_.anonymous; }
  /// Valid as long as the client. Errors: what configuration files and variables get wrong. Then
  /// the next call reads again.
  Result<const Settings*> settings();
  /// Of the server, as far as it is known without an error.
  const Quirks& quirks();
  Capabilities capabilities() { return capabilities_of(quirks(), options_.anonymous); }
  /// Where it is, as far as that is known without an error: copies work within it.
  std::string store_id();

  /// About a bucket's objects. A bucket found in another region is asked there, and remembered.
  Result<http::Response> send(std::string_view bucket, const Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr);
  /// About the bucket itself, or, without one, the service: what acceleration has no part in.
  Result<http::Response> manage(std::string_view bucket, const Build& build, const Context& context);
  Result<std::string> presign(std::string_view bucket, const Build& build, std::chrono::seconds expires,
                              const Context& context);
  /// For a bucket that is created or deleted: the next one of the name may be anywhere.
  void forget_region(std::string_view bucket);
  /// One with the same credentials and connections that sends every condition. For probes.
  std::shared_ptr<S3Client> unguarded() const;
  /// See `ObjectStoreDriver::diagnose`.
  std::vector<Finding> diagnose(std::string_view bucket, const Context& context);

 private:
  // A signature is for one region.
  struct Regional {
    std::shared_ptr<auth::SigV4Signer> signer = {};
    std::unique_ptr<http::Client> client = {};
  };

  Regional& regional(const std::string& region);
  /// Errors: those of `region_of_access_point`.
  Result<std::string> region_of(const Settings& settings, std::string_view bucket);
  bool knows_region_of(std::string_view bucket);
  void remember_region(std::string_view bucket, const std::string& region);
  Result<http::Response> send_corrected(const Settings& settings, std::string_view bucket, About about,
                                        const Build& build, const Context& context, http::BodyReceiver* receiver);
  std::optional<std::string> region_by_head(const Settings& settings, std::string_view bucket,
                                            const std::string& region, const Context& context);
  Result<http::Response> send_to(const Settings& settings, const Target& target, std::string_view bucket,
                                 const std::string& region, const Build& build, const Context& context,
                                 http::BodyReceiver* receiver);

  Finding check_identity(const Settings& settings, const Context& context);
  std::vector<Finding> check_connection(const Target& target, const Context& context);

  const S3Options options_;
  const ClientParts parts_;
  const Caution caution_;
  const std::shared_ptr<CredentialSource> credentials_;

  std::mutex mutex_;
  Quirks unguarded_row_;                                   // What `settings_` has instead of the table's row.
  std::unique_ptr<const Settings> settings_;               // Never changed once it is there.
  std::map<std::string, Regional, std::less<>> regional_;  // Its nodes stay where they are.
  std::map<std::string, std::string, std::less<>> region_of_bucket_;
};

}  // namespace cloudkit::inline v0::aws::s3
