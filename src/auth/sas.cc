#include "auth/sas.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

// Clocks differ by as much, and the service's is the one that counts; it takes the same for requests that are signed.
// https://learn.microsoft.com/azure/storage/common/storage-sas-overview#best-practices-when-using-sas
constexpr std::chrono::minutes kClockTolerance{15};

constexpr const char* kSasHint = "copy it whole, from `sv=` on, or make a new one: `az storage container generate-sas`";

Error bad_sas(std::string what, const char* hint = kSasHint) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("the shared access signature {}", what), hint);
}

// Short, in lower case, and beginning with s, or rsc: no parameter of a signature is otherwise, and none that the
// service would read as part of a request is like this.
bool may_be_of_sas(std::string_view name) noexcept {
  constexpr std::size_t kLongest = 7;
  const bool lower = std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return lower && name.size() <= kLongest && (name.starts_with('s') || name.starts_with("rsc"));
}

// Seconds, and even the time of the day, may be left out.
std::optional<core::TimePoint> parse_sas_time(std::string_view text) {
  constexpr std::string_view kDay = "2026-11-23";
  constexpr std::string_view kMinute = "2026-11-23T01:00Z";
  std::string whole(text);
  if (text.size() == kDay.size()) whole += "T00:00:00Z";
  if (text.size() == kMinute.size() && text.ends_with('Z')) whole.insert(text.size() - 1, ":00");
  return core::parse_rfc3339(whole);
}

Status add_parameter(http::Query& query, std::string_view item) {
  const std::size_t equals = item.find('=');
  const std::string_view name = item.substr(0, equals);
  // What has no such name may be part of the secret.
  if (equals == std::string_view::npos) return bad_sas("has a part without a `=`");
  if (!may_be_of_sas(name)) return bad_sas("has a parameter that is none of such signatures");
  auto value = core::percent_decode(item.substr(equals + 1));
  if (!value || core::has_control_character(*value))
    return bad_sas(fmt::format("has a {} that cannot be decoded", name));
  for (const auto& known : query) {
    if (known.first == name) return bad_sas(fmt::format("has {} twice", name));
  }
  query.emplace_back(name, *std::move(value));
  return {};
}

std::string sas_time(core::TimePoint time) {
  return core::format_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

std::string_view resource_kind(const SasTerms& terms) noexcept {
  if (terms.blob.empty()) return "c";
  if (!terms.version.empty()) return "bv";
  return terms.snapshot.empty() ? "b" : "bs";
}

}  // namespace

Result<SharedAccessSignature> SharedAccessSignature::parse(std::string_view text) {
  text = core::trim(text);
  if (text.starts_with('?')) text.remove_prefix(1);
  if (text.empty()) return bad_sas("is empty");
  if (text.find("://") != std::string_view::npos) return bad_sas("is a whole URL", "give what follows its `?`");
  SharedAccessSignature sas;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    if (auto added = add_parameter(sas.query_, text.substr(0, end)); !added) return std::move(added).error();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const std::string_view needed : {"sv", "sig"}) {
    if (sas.value_of(needed).empty()) return bad_sas(fmt::format("has no {}", needed));
  }
  if (const auto starts = sas.value_of("st"); !starts.empty()) {
    sas.starts_ = parse_sas_time(starts);
    if (!sas.starts_) return bad_sas("has a start (st) that is no time");
  }
  const auto expires = sas.value_of("se");
  // It may stand in the stored access policy that `si` names.
  if (expires.empty() && sas.value_of("si").empty()) return bad_sas("has neither an end (se) nor a policy (si)");
  if (!expires.empty()) {
    sas.expires_ = parse_sas_time(expires);
    if (!sas.expires_) return bad_sas("has an end (se) that is no time");
  }
  return sas;
}

std::string_view SharedAccessSignature::value_of(std::string_view name) const noexcept {
  const auto found = std::find_if(query_.begin(), query_.end(), [&](const auto& item) { return item.first == name; });
  return found == query_.end() ? std::string_view() : std::string_view(found->second);
}

Status SharedAccessSignature::check(core::TimePoint now) const {
  if (expires_ && *expires_ + kClockTolerance <= now) {
    return bad_sas(fmt::format("expired at {}, and it is {}", core::format_rfc3339(*expires_), sas_time(now)),
                   "make a new one: `az storage container generate-sas`, or set the clock");
  }
  if (starts_ && *starts_ - kClockTolerance > now) {
    return bad_sas(fmt::format("begins at {}, and it is {}", core::format_rfc3339(*starts_), sas_time(now)),
                   "wait, make one without a start, or set the clock");
  }
  return {};
}

void SharedAccessSignature::add_to(http::Query& query) const {
  std::erase_if(query, [this](const auto& item) {
    return std::any_of(query_.begin(), query_.end(), [&](const auto& mine) { return mine.first == item.first; });
  });
  query.insert(query.end(), query_.begin(), query_.end());
}

std::string SharedAccessSignature::terms() const {
  std::string terms;
  if (const auto permissions = value_of("sp"); !permissions.empty()) {
    terms = fmt::format("for {}", core::printable_excerpt(permissions, 20));
  } else if (const auto policy = value_of("si"); !policy.empty()) {
    terms = fmt::format("as the policy {} says", core::printable_excerpt(policy, 64));
  }
  if (expires_) terms += fmt::format("{}until {}", terms.empty() ? "" : " ", core::format_rfc3339(*expires_));
  return terms;
}

Status SasSigner::sign(http::Request& request, core::TimePoint now, const Context&) {
  if (auto usable = sas_->check(now); !usable) return usable;
  sas_->add_to(request.query);
  return {};
}

void append_sas_string(Text& out, std::string_view account, const SasTerms& terms, const DelegationKey* delegation) {
  const auto line = [&](std::string_view text) { out.append(text, "\n"); };
  line(terms.permissions);
  line(terms.starts ? sas_time(*terms.starts) : std::string());
  line(sas_time(terms.expires));
  out.append("/blob/", account, "/", terms.container, terms.blob.empty() ? "" : "/", terms.blob, "\n");
  if (delegation == nullptr) {
    line("");  // No stored access policy.
  } else {
    for (const std::string* text : {&delegation->object_id, &delegation->tenant_id, &delegation->starts,
                                    &delegation->expires, &delegation->service, &delegation->version}) {
      line(*text);
    }
    out.append("\n\n\n");  // No object ids of agents, no correlation id.
  }
  line(terms.addresses);
  line(terms.protocols);
  line(terms.service_version);
  line(resource_kind(terms));
  line(terms.version.empty() ? terms.snapshot : terms.version);
  line("");  // No encryption scope.
  line(terms.cache_control);
  line(terms.content_disposition);
  line(terms.content_encoding);
  line(terms.content_language);
  out.append(terms.content_type);
}

http::Query make_sas(const SharedKey& key, const SasTerms& terms, const DelegationKey* delegation) {
  http::Query query;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) query.emplace_back(name, value);
  };
  add("sv", terms.service_version);
  add("se", sas_time(terms.expires));
  add("sp", terms.permissions);
  add("sr", resource_kind(terms));
  if (terms.starts) add("st", sas_time(*terms.starts));
  add("sip", terms.addresses);
  add("spr", terms.protocols);
  if (delegation != nullptr) {
    add("skoid", delegation->object_id);
    add("sktid", delegation->tenant_id);
    add("skt", delegation->starts);
    add("ske", delegation->expires);
    add("sks", delegation->service);
    add("skv", delegation->version);
  }
  add("rscc", terms.cache_control);
  add("rscd", terms.content_disposition);
  add("rsce", terms.content_encoding);
  add("rscl", terms.content_language);
  add("rsct", terms.content_type);
  Text to_sign;
  append_sas_string(to_sign, key.account(), terms, delegation);
  add("sig", key.sign(to_sign.view()));
  return query;
}

}  // namespace cloudkit::inline v0::auth
