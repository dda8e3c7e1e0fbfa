#include "azure/blob/open.h"

#include "auth/surroundings.h"
#include "azure/blob/client.h"
#include "azure/blob/store_driver.h"
#include "core/url_choice.h"

namespace cloudkit::inline v0::azure::blob {

Result<BlobOptions> options_of(const Url& url) {
  if (auto known = url.allow_only({"account", "endpoint", "anonymous"}); !known) return std::move(known).error();
  BlobOptions options;
  options.account = url.get("account");
  options.endpoint = url.get("endpoint");
  if (auto chosen = core::choose(url, "anonymous", core::kBooleans, options.anonymous); !chosen) {
    return std::move(chosen).error();
  }
  return options;
}

Result<std::shared_ptr<ObjectStoreDriver>> make_driver(BlobOptions options) {
  if (auto valid = check_options(options); !valid) return std::move(valid).error();
  http::TransportOptions transport = options.transport;
  transport.allow_http |= options.allow_http;
  auto client = std::make_shared<BlobClient>(std::move(options), auth::default_surroundings(std::move(transport)));
  return std::shared_ptr<ObjectStoreDriver>(std::make_shared<BlobStoreDriver>(std::move(client)));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::azure::blob
