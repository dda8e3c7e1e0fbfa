#include "aws/s3/open.h"

#include "aws/s3/client.h"
#include "aws/s3/store_driver.h"
#include "core/url_choice.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr core::Choice<Addressing> kAddressings[] = {
    {"auto", Addressing::automatic}, {"path", Addressing::path}, {"virtual", Addressing::virtual_host}};

}  // namespace

// Outside, where `choose` finds it.
static S3Server value_of(const Quirks& row) { return row.server; }

Result<S3Options> options_of(const Url& url) {
  if (auto known = url.allow_only({"region", "endpoint", "profile", "server", "account", "addressing", "anonymous",
                                   "fips", "dual_stack", "accelerate"});
      !known) {
    return std::move(known).error();
  }
  S3Options options;
  options.region = url.get("region");
  options.endpoint = url.get("endpoint");
  options.profile = url.get("profile");
  options.account = url.get("account");
  Status chosen = core::choose(url, "server", all_quirks(), options.server);
  if (chosen) chosen = core::choose(url, "addressing", kAddressings, options.addressing);
  if (chosen) chosen = core::choose(url, "anonymous", core::kBooleans, options.anonymous);
  if (chosen) chosen = core::choose(url, "fips", core::kBooleans, options.fips);
  if (chosen) chosen = core::choose(url, "dual_stack", core::kBooleans, options.dual_stack);
  if (chosen) chosen = core::choose(url, "accelerate", core::kBooleans, options.accelerate);
  if (!chosen) return std::move(chosen).error();
  return options;
}

Result<std::shared_ptr<ObjectStoreDriver>> make_driver(S3Options options) {
  if (auto valid = check_options(options); !valid) return std::move(valid).error();
  auto client = std::make_shared<S3Client>(std::move(options));
  return std::shared_ptr<ObjectStoreDriver>(std::make_shared<S3StoreDriver>(std::move(client)));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::aws::s3
