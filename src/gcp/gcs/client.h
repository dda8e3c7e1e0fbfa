#pragma once

#include "auth/bearer.h"
#include "auth/surroundings.h"
#include "gcp/gcs/settings.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/finding.h>
#include <cloudkit/gcp.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::inline v0::gcp::gcs {

/// Sends requests. Shared by a store and its buckets; thread-safe; reads the environment at the first call.
class GcsClient {
 public:
  using Build = std::function<Result<http::Request>(const Target&)>;

  explicit GcsClient(GcsOptions options);
  GcsClient(GcsOptions options, auth::Surroundings surroundings);

  /// Valid as long as the client. Errors: what variables get wrong. Then the next call reads again.
  Result<const Settings*> settings();
  /// Nobody's credentials: because the options say so, or an emulator is there.
  bool anonymous();
  /// Where it is, as far as that is known without an error: copies work within it.
  std::string store_id();
  /// Where buckets are. Errors: `invalid_argument` when nobody says.
  Result<std::string> project(const Context& context);
  const std::string& location() const noexcept { return options_.location; }

  Result<http::Response> send(const Build& build, const Context& context, http::BodyReceiver* receiver = nullptr);

  /// See `ObjectStoreDriver::diagnose`.
  std::vector<Finding> diagnose(const Context& context);

  /// Null for an anonymous client.
  Result<std::shared_ptr<Identity>> identity();
  std::chrono::system_clock::time_point now();
  /// Between two requests that are no attempts of one.
  Status wait(const Context& context, std::chrono::milliseconds duration) const;

 private:
  struct Connected {
    Settings settings = {};
    std::shared_ptr<Identity> identity = {};
    std::shared_ptr<auth::BearerSigner> signer = {};
    std::shared_ptr<http::Transport> transport = {};
    std::unique_ptr<http::Client> client = {};
  };
  Result<Connected*> connected();
  std::shared_ptr<http::Transport> transport_for(const Settings& settings) const;

  const GcsOptions options_;
  const bool makes_transports_;  // Else the one of the surroundings is used for all.
  const auth::Surroundings surroundings_;
  std::mutex mutex_;
  std::unique_ptr<Connected> connected_;  // Never changed once it is there.
};

}  // namespace cloudkit::inline v0::gcp::gcs
