#include "gcp/gcs/open.h"

#include "core/url_choice.h"
#include "gcp/gcs/client.h"
#include "gcp/gcs/store_driver.h"

namespace cloudkit::inline v0::gcp::gcs {

Result<GcsOptions> options_of(const Url& url) {
  if (auto known = url.allow_only({"project", "endpoint", "location", "user_project", "anonymous"}); !known) {
    return std::move(known).error();
  }
  GcsOptions options;
  options.project = url.get("project");
  options.endpoint = url.get("endpoint");
  options.location = url.get("location");
  options.user_project = url.get("user_project");
  if (auto chosen = core::choose(url, "anonymous", core::kBooleans, options.anonymous); !chosen) {
    return std::move(chosen).error();
  }
  return options;
}

Result<std::shared_ptr<ObjectStoreDriver>> make_driver(GcsOptions options) {
  if (auto valid = check_options(options); !valid) return std::move(valid).error();
  auto client = std::make_shared<GcsClient>(std::move(options));
  return std::shared_ptr<ObjectStoreDriver>(std::make_shared<GcsStoreDriver>(std::move(client)));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::gcp::gcs
