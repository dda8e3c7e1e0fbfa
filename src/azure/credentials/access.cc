#include "azure/credentials/access.h"

#include "azure/credentials/account_endpoint.h"
#include "azure/credentials/connection_string.h"
#include "azure/credentials/tokens.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace cloudkit::inline v0::azure {
namespace {

constexpr std::string_view kAccountVariable = "AZURE_STORAGE_ACCOUNT";
constexpr std::string_view kKeyVariable = "AZURE_STORAGE_KEY";
constexpr std::string_view kSasVariable = "AZURE_STORAGE_SAS_TOKEN";
constexpr std::string_view kConnectionVariable = "AZURE_STORAGE_CONNECTION_STRING";

// What somebody said; `source` is empty for the program itself.
struct Said {
  std::string account = {};
  std::string endpoint = {};
  std::string key = {};
  std::string sas = {};
  std::string source = {};
  std::string not_taken = {};  // Why the places before the tokens have nothing.
};

Error said_in(Error error, std::string_view source) {
  if (!source.empty()) error.message += fmt::format(" (configured in {})", source);
  return error;
}

Result<Said> read_connection_string(std::string_view text, std::string_view source) {
  auto parsed = parse_connection_string(text);
  if (!parsed) return said_in(std::move(parsed).error(), source);
  Said said;
  said.endpoint = parsed->endpoint();
  said.account = std::move(parsed->account);
  said.key = std::move(parsed->account_key);
  said.sas = std::move(parsed->sas_token);
  said.source = source;
  return said;
}

bool has_secret(const BlobOptions& options) noexcept {
  return options.anonymous || options.tokens != nullptr || !options.account_key.empty() || !options.sas_token.empty();
}

// That the program itself names, by the endpoint perhaps.
std::string asked_account(const BlobOptions& options) {
  if (!options.account.empty() || options.endpoint.empty()) return options.account;
  const auto endpoint = http::parse_endpoint(options.endpoint, true);
  return endpoint ? account_of(*endpoint) : std::string();
}

// Whose a connection string is; one with a signature has the name in its endpoint alone.
std::string account_in(const Said& said) {
  if (!said.account.empty()) return said.account;
  const auto endpoint = http::parse_endpoint(said.endpoint, true);
  return endpoint ? account_of(*endpoint) : std::string();
}

// Signatures and tokens can be used by whoever reads them, so what was not given for a host is not shown to any.
Status check_trust(const BlobOptions& options) {
  const auto endpoint = http::parse_endpoint(options.endpoint, true);
  if (options.endpoint.empty() || options.trust_endpoint || !endpoint || is_trusted(*endpoint)) return {};
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("the endpoint {} is neither Azure's nor on this machine, so no secrets of the "
                                "environment are sent there",
                                endpoint->host),
                    "give key, signature or tokens in BlobOptions, set BlobOptions::trust_endpoint, or name the "
                    "endpoint in AZURE_STORAGE_CONNECTION_STRING instead");
}

// Reads what the environment says of the account; another one's secrets are nobody's business.
class FromEnvironment {
 public:
  FromEnvironment(const BlobOptions& options, const auth::Environment& environment)
      : environment_(environment),
        asked_(asked_account(options)),
        own_endpoint_(!options.endpoint.empty()),
        account_(value_of(kAccountVariable)) {}

  Result<Said> read() {
    if (auto text = value_of(kConnectionVariable); !text.empty()) {
      auto said = read_connection_string(text, kConnectionVariable);
      if (!said) return said;
      const std::string account = account_in(*said);
      if (!own_endpoint_ && (asked_.empty() || account == asked_)) return said;
      skip(kConnectionVariable, own_endpoint_     ? "is not looked at, as the program names an endpoint"
                                : account.empty() ? "does not say of which account it is"
                                                  : "is of another account");
    } else {
      skip(kConnectionVariable, "is not set");
    }
    Said said;
    said.account = account_;
    said.key = take(kKeyVariable);
    if (said.key.empty()) said.sas = take(kSasVariable);
    said.source = !said.key.empty() ? kKeyVariable : !said.sas.empty() ? kSasVariable : std::string_view();
    said.not_taken = std::move(not_taken_);
    return said;
  }

 private:
  std::string value_of(std::string_view name) const { return auth::variable(environment_, name); }
  bool is_meant(std::string_view account) const noexcept {
    return asked_.empty() || account.empty() || account == asked_;
  }
  void skip(std::string_view name, std::string_view why) { not_taken_ += fmt::format(" {} {}.", name, why); }
  std::string take(std::string_view name) {
    std::string value = value_of(name);
    if (value.empty()) {
      skip(name, "is not set");
    } else if (!is_meant(account_)) {
      skip(name, fmt::format("belongs to {}, which is another account", kAccountVariable));
      value.clear();
    }
    return value;
  }

  const auth::Environment& environment_;
  const std::string asked_;
  const bool own_endpoint_;
  const std::string account_;
  std::string not_taken_ = {};
};

// What the program says goes before what is configured.
Result<Said> said_by(const BlobOptions& options, const auth::Environment& environment) {
  if (!options.connection_string.empty()) return read_connection_string(options.connection_string, {});
  Said said;
  if (has_secret(options)) {
    said.key = options.account_key;
    said.sas = options.sas_token;
    said.account = auth::variable(environment, kAccountVariable);
  } else {
    if (auto trusted = check_trust(options); !trusted) return std::move(trusted).error();
    auto read = FromEnvironment(options, environment).read();
    if (!read) return read;
    said = *std::move(read);
  }
  if (!options.endpoint.empty()) said.endpoint = options.endpoint;
  if (const std::string asked = asked_account(options); !asked.empty()) said.account = asked;
  return said;
}

Error no_account() {
  return core::invalid_argument(
      "no storage account is known",
      "set BlobOptions::account, `?account=` in the URL, AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING");
}

// Fills in `account` and `endpoint`, each of which may follow from the other.
Status locate(BlobAccess& access, const Said& said, bool allow_http) {
  access.account = said.account;
  if (auto valid = check_account(access.account); !valid) return said_in(std::move(valid).error(), said.source);
  if (said.endpoint.empty()) {
    if (access.account.empty()) return no_account();
    auto endpoint = endpoint_of(access.account);
    if (!endpoint) return std::move(endpoint).error();
    access.endpoint = *std::move(endpoint);
    return {};
  }
  auto endpoint = http::parse_endpoint(said.endpoint, allow_http);
  if (!endpoint) return said_in(std::move(endpoint).error(), said.source);
  access.endpoint = *std::move(endpoint);
  const std::string named = account_of(access.endpoint);
  if (access.account.empty()) access.account = named;
  if (!named.empty() && named != access.account && access.endpoint.base_path.empty()) {
    return core::invalid_argument(
        fmt::format("the endpoint is of the account \"{}\", but \"{}\" is asked for", named, access.account),
        "leave one of them out");
  }
  name_account(access.endpoint, access.account);
  return {};
}

Status use_key(BlobAccess& access, const Said& said) {
  if (access.account.empty()) return no_account();
  auto key = auth::SharedKey::parse(access.account, said.key);
  if (!key) return said_in(std::move(key).error(), said.source);
  access.key = std::make_shared<const auth::SharedKey>(*std::move(key));
  access.signer = std::make_shared<auth::SharedKeySigner>(access.key);
  return {};
}

Status use_sas(BlobAccess& access, const Said& said) {
  auto sas = auth::SharedAccessSignature::parse(said.sas);
  if (!sas) return said_in(std::move(sas).error(), said.source);
  access.sas = std::make_shared<const auth::SharedAccessSignature>(*std::move(sas));
  access.signer = std::make_shared<auth::SasSigner>(access.sas);
  return {};
}

// Nothing changes where nobody said one.
Status use_secret(BlobAccess& access, const Said& said) {
  if (!said.key.empty()) return use_key(access, said);
  return said.sas.empty() ? Status{} : use_sas(access, said);
}

void use_tokens(BlobAccess& access, std::shared_ptr<TokenSource> tokens, bool allow_http) {
  access.tokens = std::move(tokens);
  const auto bearer = std::make_shared<auth::BearerSigner>(access.tokens, allow_http);
  access.bearer = bearer;
  access.signer = bearer;
}

Error contradiction(std::string_view one, std::string_view other) {
  return core::invalid_argument(fmt::format("BlobOptions has both {} and {}", one, other), "leave one of them out");
}

// Each way to prove who asks excludes the others.
Status check_secrets(const BlobOptions& options) {
  const std::pair<bool, std::string_view> ways[] = {{options.anonymous, "anonymous"},
                                                    {options.tokens != nullptr, "tokens"},
                                                    {!options.account_key.empty(), "account_key"},
                                                    {!options.sas_token.empty(), "sas_token"},
                                                    {!options.connection_string.empty(), "connection_string"}};
  std::string_view first;
  for (const auto& [given, name] : ways) {
    if (!given) continue;
    if (!first.empty()) return contradiction(first, name);
    first = name;
  }
  if (first == "connection_string" && !options.endpoint.empty()) return contradiction(first, "endpoint");
  return {};
}

}  // namespace

std::string BlobAccess::identity() const {
  if (bearer != nullptr) return bearer->identity();
  std::string who;
  if (key != nullptr) who = fmt::format("the key of account \"{}\"", account);
  if (sas != nullptr) who = fmt::format("a shared access signature {}", sas->terms());
  if (!who.empty() && !source.empty()) who += fmt::format(", from {}", source);
  return who;
}

Status check_options(const BlobOptions& options) {
  if (auto valid = check_secrets(options); !valid) return valid;
  // The environment may add an account.
  Said said{options.account, options.endpoint, options.account_key, options.sas_token, {}, {}};
  if (!options.connection_string.empty()) {
    auto read = read_connection_string(options.connection_string, {});
    if (!read) return std::move(read).error();
    said = *std::move(read);
    if (!options.account.empty() && !said.account.empty() && said.account != options.account) {
      return core::invalid_argument("BlobOptions has an account and a connection_string of another one",
                                    "leave one of them out");
    }
  }
  BlobAccess access;
  if (!said.account.empty() || !said.endpoint.empty()) {
    if (auto located = locate(access, said, options.allow_http); !located) return located;
  }
  if (access.account.empty()) access.account = "unknown";
  return use_secret(access, said);
}

Result<BlobAccess> resolve_access(const BlobOptions& options, const auth::Surroundings& surroundings) {
  if (auto valid = check_secrets(options); !valid) return std::move(valid).error();
  auto said = said_by(options, surroundings.environment);
  if (!said) return std::move(said).error();
  BlobAccess access;
  access.source = said->source;
  if (auto located = locate(access, *said, options.allow_http); !located) return std::move(located).error();
  if (auto used = use_secret(access, *said); !used) return std::move(used).error();
  if (access.signer == nullptr && !options.anonymous) {
    use_tokens(access, options.tokens ? options.tokens : make_default_tokens(surroundings, said->not_taken),
               options.allow_http);
  }
  return access;
}

Result<const BlobAccess*> LazyBlobAccess::get() {
  const std::scoped_lock lock(mutex_);
  if (access_ == nullptr) {
    auto resolved = resolve_access(options_, surroundings_);
    if (!resolved) return std::move(resolved).error();
    access_ = std::make_unique<const BlobAccess>(*std::move(resolved));
  }
  return access_.get();
}

}  // namespace cloudkit::inline v0::azure
