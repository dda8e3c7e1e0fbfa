#include "aws/s3/open.h"

#include "aws/s3/client.h"
#include "aws/s3/store_driver.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

constexpr Choice<S3Server> kServers[] = {
    {"aws", S3Server::aws}, {"ceph", S3Server::ceph}, {"generic", S3Server::generic}};
constexpr Choice<Addressing> kAddressings[] = {
    {"auto", Addressing::automatic}, {"path", Addressing::path}, {"virtual", Addressing::virtual_host}};
constexpr Choice<bool> kBooleans[] = {{"true", true}, {"false", false}};

// The value that the URL chooses, or `otherwise` when it says nothing.
template <class T, std::size_t N, class Default>
Result<Default> choose(const Url& url, std::string_view key, const Choice<T> (&choices)[N], Default otherwise) {
  if (url.query.find(std::string(key)) == url.query.end()) return otherwise;
  const std::string text = url.get(key);
  std::string known;
  for (const auto& choice : choices) {
    if (choice.name == text) return Default(choice.value);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", choice.name);
  }
  return core::invalid_argument(fmt::format("{}={} is not known", key, core::printable_excerpt(text, 80)),
                                fmt::format("{} is one of {}", key, known));
}

Result<S3Options> options_of(const Url& url) {
  if (auto known = url.allow_only(
          {"region", "endpoint", "profile", "server", "addressing", "anonymous", "fips", "dual_stack", "accelerate"});
      !known) {
    return std::move(known).error();
  }
  S3Options options;
  options.region = url.get("region");
  options.endpoint = url.get("endpoint");
  options.profile = url.get("profile");
  const auto server = choose(url, "server", kServers, options.server);
  if (!server) return server.error();
  const auto addressing = choose(url, "addressing", kAddressings, options.addressing);
  if (!addressing) return addressing.error();
  const auto anonymous = choose(url, "anonymous", kBooleans, options.anonymous);
  if (!anonymous) return anonymous.error();
  const auto fips = choose(url, "fips", kBooleans, options.fips);
  if (!fips) return fips.error();
  const auto dual_stack = choose(url, "dual_stack", kBooleans, options.dual_stack);
  if (!dual_stack) return dual_stack.error();
  const auto accelerate = choose(url, "accelerate", kBooleans, options.accelerate);
  if (!accelerate) return accelerate.error();
  options.server = *server;
  options.addressing = *addressing;
  options.anonymous = *anonymous;
  options.fips = *fips;
  options.dual_stack = *dual_stack;
  options.accelerate = *accelerate;
  return options;
}

}  // namespace

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
