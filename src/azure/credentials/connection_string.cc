#include "azure/credentials/connection_string.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::azure {
namespace {

// Without a meaning here: those of other services.
struct KnownKey {
  std::string_view name;
  std::string ConnectionString::* member = nullptr;
};

constexpr std::string_view kUseDevelopmentStorage = "UseDevelopmentStorage";
constexpr std::string_view kDevelopmentProxy = "DevelopmentStorageProxyUri";

constexpr KnownKey kKeys[] = {
    {"AccountName", &ConnectionString::account},
    {"AccountKey", &ConnectionString::account_key},
    {"SharedAccessSignature", &ConnectionString::sas_token},
    {"BlobEndpoint", &ConnectionString::blob_endpoint},
    {"EndpointSuffix", &ConnectionString::endpoint_suffix},
    {"DefaultEndpointsProtocol", &ConnectionString::protocol},
    {kUseDevelopmentStorage},
    {kDevelopmentProxy},
    {"BlobSecondaryEndpoint"},
    {"FileEndpoint"},
    {"FileSecondaryEndpoint"},
    {"QueueEndpoint"},
    {"QueueSecondaryEndpoint"},
    {"TableEndpoint"},
    {"TableSecondaryEndpoint"},
};
constexpr std::size_t kKeyCount = std::size(kKeys);

// https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
constexpr std::string_view kEmulatorAccount = "devstoreaccount1";
constexpr std::string_view kEmulatorKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

Error bad_string(std::string what, std::string hint = {}) {
  return core::invalid_argument(fmt::format("the connection string {}", what), std::move(hint));
}

// How many letters to change, add or leave out: a typo is one or two.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

Error unknown_key(std::string_view name) {
  constexpr std::size_t kLongestKey = 32;
  constexpr std::size_t kMostEdits = 3;
  // A long one is no typo, and may be part of a secret.
  if (name.empty() || name.size() > kLongestKey) return bad_string("has a part that is not KEY=VALUE");
  const std::string lower = core::to_lower(name);
  std::string known;
  std::string_view nearest;
  std::size_t fewest = kMostEdits + 1;
  for (const KnownKey& key : kKeys) {
    core::append_listed(known, key.name);
    const std::size_t edits = edits_between(lower, core::to_lower(key.name));
    if (edits < fewest) {
      fewest = edits;
      nearest = key.name;
    }
  }
  return bad_string(fmt::format("has the key \"{}\", which is not known", core::printable_excerpt(name, kLongestKey)),
                    nearest.empty() ? fmt::format("known are {}", known) : fmt::format("did you mean {}?", nearest));
}

// Where nothing but a host is said, in front of the port and the account of Azurite.
std::string emulator_endpoint(std::string_view proxy) {
  while (proxy.ends_with('/')) proxy.remove_suffix(1);
  return fmt::format("{}:10000/{}", proxy.empty() ? std::string_view("http://127.0.0.1") : proxy, kEmulatorAccount);
}

class Reader {
 public:
  Result<ConnectionString> read(std::string_view text) {
    text = core::trim(text);
    if (text.empty()) return bad_string("is empty");
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(';'), text.size());
      const std::string_view item = core::trim(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (item.empty()) continue;
      if (auto taken = take(item); !taken) return std::move(taken).error();
    }
    return finish();
  }

 private:
  Status take(std::string_view item) {
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) return bad_string("has a part that is not KEY=VALUE");
    const std::string_view name = core::trim(item.substr(0, equals));
    const std::string_view value = core::trim(item.substr(equals + 1));
    for (std::size_t i = 0; i < kKeyCount; ++i) {
      if (core::equals_ignoring_case(name, kKeys[i].name)) return set(i, value);
    }
    return unknown_key(name);
  }

  Status set(std::size_t i, std::string_view value) {
    const KnownKey& key = kKeys[i];
    if (seen_.test(i)) return bad_string(fmt::format("has {} twice", key.name));
    seen_.set(i);
    if (value.empty()) return bad_string(fmt::format("has an empty {}", key.name));
    if (core::has_control_character(value)) return bad_string(fmt::format("has a control character in {}", key.name));
    if (key.member != nullptr) {
      found_.*key.member = value;
    } else if (key.name == kDevelopmentProxy) {
      proxy_ = value;
    } else if (key.name == kUseDevelopmentStorage) {
      if (!core::equals_ignoring_case(value, "true")) return bad_string("has a UseDevelopmentStorage that is not true");
      development_ = true;
    }
    return {};
  }

  Result<ConnectionString> finish() {
    if (development_) {
      if (!found_.account.empty() || !found_.account_key.empty() || !found_.blob_endpoint.empty()) {
        return bad_string("has UseDevelopmentStorage beside an account of its own", "leave one of them out");
      }
      found_.account = kEmulatorAccount;
      found_.account_key = kEmulatorKey;
      found_.blob_endpoint = emulator_endpoint(proxy_);
      return std::move(found_);
    }
    if (!proxy_.empty()) return bad_string("has DevelopmentStorageProxyUri without UseDevelopmentStorage=true");
    if (!found_.protocol.empty() && found_.protocol != "https" && found_.protocol != "http") {
      return bad_string("has a DefaultEndpointsProtocol that is neither https nor http");
    }
    if (found_.account.empty() && found_.blob_endpoint.empty()) {
      return bad_string("has neither AccountName nor BlobEndpoint", "one of them says where to ask");
    }
    if (!found_.account_key.empty() && found_.account.empty()) return bad_string("has AccountKey without AccountName");
    if (!found_.account_key.empty() && !found_.sas_token.empty()) {
      return bad_string("has both AccountKey and SharedAccessSignature", "leave one of them out");
    }
    return std::move(found_);
  }

  ConnectionString found_ = {};
  std::bitset<kKeyCount> seen_ = {};
  std::string proxy_ = {};
  bool development_ = false;
};

}  // namespace

std::string ConnectionString::endpoint() const {
  if (!blob_endpoint.empty() || account.empty()) return blob_endpoint;
  return fmt::format("{}://{}.blob.{}", protocol.empty() ? "https" : protocol, account,
                     endpoint_suffix.empty() ? "core.windows.net" : endpoint_suffix);
}

Result<ConnectionString> parse_connection_string(std::string_view text) { return Reader().read(text); }

}  // namespace cloudkit::inline v0::azure
