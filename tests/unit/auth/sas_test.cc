#include "auth/sas.h"
#include "core/encode.h"
#include "core/time.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

using namespace cloudkit;
using auth::SharedAccessSignature;
using nlohmann::json;

namespace {

core::TimePoint at(const char* time) { return core::parse_rfc3339(time).value(); }

const json& vector_of(const std::string& name) {
  static const json all = json::parse(read_test_data("azure/azure-signing.json"));
  for (const json& one : all.at("published_signatures")) {
    if (one.at("name") == name) return one;
  }
  throw std::runtime_error("no vector " + name);
}

using Parameters = std::map<std::string, std::string>;

Parameters parameters_of(std::string_view token) {
  Parameters all;
  while (!token.empty()) {
    const auto item = token.substr(0, token.find('&'));
    token.remove_prefix(std::min(item.size() + 1, token.size()));
    const auto equals = item.find('=');
    all.emplace(item.substr(0, equals), core::percent_decode(item.substr(equals + 1)).value());
  }
  return all;
}

void check_made(const std::string& name, const auth::SasTerms& terms, const auth::DelegationKey* delegation = nullptr) {
  CAPTURE(name);
  const json& vector = vector_of(name);
  auth::Text text;
  auth::append_sas_string(text, "account", terms, delegation);
  CHECK(text.view() == vector.at("string_to_sign").get<std::string>());
  const auto key = auth::SharedKey::parse("account", vector.at("account_key_base64").get<std::string>()).value();
  const http::Query made = auth::make_sas(key, terms, delegation);
  CHECK(Parameters(made.begin(), made.end()) == parameters_of(vector.at("token").get<std::string>()));
}

Error refused(const std::string& text) {
  const auto sas = SharedAccessSignature::parse(text);
  REQUIRE_FALSE_MESSAGE(sas, text);
  CHECK(sas.error().code == ErrorCode::unauthenticated);
  CHECK(sas.error().to_string().find("cktest-sas") == std::string::npos);
  return sas.error();
}

}  // namespace

TEST_CASE("signatures that are made are the published ones") {
  auth::SasTerms blob;
  blob.permissions = "r";
  blob.expires = at("2022-03-01T08:17:34Z");
  blob.container = "container";
  blob.blob = "path/to/blob.txt";
  blob.service_version = "2020-12-06";
  check_made("service-sas-blob", blob);

  const auth::DelegationKey delegation{"oid",        "tid", "2022-03-01T08:12:34Z", "2022-03-01T09:12:34Z", "b",
                                       "2020-12-06", {}};
  check_made("user-delegation-sas", blob, &delegation);

  auth::SasTerms all;
  all.permissions = "rw";
  all.starts = at("2030-01-01T00:00:01Z");
  all.expires = at("2030-01-01T00:00:03.999Z");  // Whole seconds are signed.
  all.container = "container";
  all.blob = "path/to/blob name.txt";
  all.addresses = "198.51.100.10-198.51.100.20";
  all.protocols = "https,http";
  check_made("service-sas-all-fields", all);

  auth::SasTerms slash;
  slash.permissions = "op";
  slash.expires = at("2030-01-01T00:01:00Z");
  slash.container = "container";
  slash.blob = "/a";
  slash.protocols = "https";
  slash.service_version = "2020-12-06";
  check_made("service-sas-leading-slash", slash);

  auth::SasTerms container = slash;
  container.permissions = "rl";
  container.blob.clear();
  check_made("service-sas-container", container);
}

TEST_CASE("signatures of accounts are the published ones, too") {
  for (const char* name : {"account-sas-all", "account-sas-read"}) {
    const json& vector = vector_of(name);
    const auto key = auth::SharedKey::parse("account", vector.at("account_key_base64").get<std::string>()).value();
    CHECK(key.sign(vector.at("string_to_sign").get<std::string>()) == vector.at("signature"));
    CHECK(SharedAccessSignature::parse(vector.at("token").get<std::string>()));
  }
}

TEST_CASE("headers of the reply, versions and snapshots are signed at their place") {
  auth::SasTerms terms;
  terms.permissions = "r";
  terms.expires = at("2030-01-01T00:00:00Z");
  terms.container = "c";
  terms.blob = "b";
  terms.version = "2029-01-01T00:00:00.0000000Z";
  terms.cache_control = "no-store";
  terms.content_disposition = "attachment; filename=\"a b\"";
  terms.content_encoding = "gzip";
  terms.content_language = "en";
  terms.content_type = "text/plain";
  auth::Text text;
  auth::append_sas_string(text, "acc", terms, nullptr);
  CHECK(text.view() ==
        "r\n\n2030-01-01T00:00:00Z\n/blob/acc/c/b\n\n\n\n2022-11-02\nbv\n2029-01-01T00:00:00.0000000Z\n\n"
        "no-store\nattachment; filename=\"a b\"\ngzip\nen\ntext/plain");
  const auto key = auth::SharedKey::parse("acc", "a2V5").value();
  const http::Query made = auth::make_sas(key, terms);
  const Parameters parameters(made.begin(), made.end());
  CHECK(parameters.at("sr") == "bv");
  CHECK(parameters.at("rscc") == "no-store");
  CHECK(parameters.at("rscd") == "attachment; filename=\"a b\"");
  CHECK(parameters.at("rsce") == "gzip");
  CHECK(parameters.at("rscl") == "en");
  CHECK(parameters.at("rsct") == "text/plain");

  terms.version.clear();
  terms.snapshot = "2029-02-01T00:00:00.0000000Z";
  text.clear();
  auth::append_sas_string(text, "acc", terms, nullptr);
  CHECK(text.view().find("\nbs\n2029-02-01T00:00:00.0000000Z\n") != std::string_view::npos);
}

TEST_CASE("a given signature is added to each request, in the place of an earlier one") {
  const auto sas =
      SharedAccessSignature::parse("?sv=2022-11-02&se=2030-01-01&sp=rl&sr=c&sig=cktest-sas-1%2B%3D").value();
  auth::SasSigner signer(std::make_shared<const SharedAccessSignature>(sas));
  http::Request request;
  request.query = {{"comp", "list"}};
  for (int attempt = 0; attempt < 2; ++attempt) REQUIRE(signer.sign(request, at("2026-11-23T01:00:00Z"), {}));
  CHECK(request.query == http::Query{{"comp", "list"},
                                     {"sv", "2022-11-02"},
                                     {"se", "2030-01-01"},
                                     {"sp", "rl"},
                                     {"sr", "c"},
                                     {"sig", "cktest-sas-1+="}});
  CHECK(sas.terms() == "for rl until 2030-01-01T00:00:00Z");
  CHECK(http::redacted_url(request).find("sig") == std::string::npos);
}

TEST_CASE("a signature whose time is over, or to come, is not sent, unless it may be the clock") {
  const auto sas =
      SharedAccessSignature::parse("sv=2022-11-02&st=2026-11-23T01:00Z&se=2026-11-23T02:00:00Z&sp=r&sig=x").value();
  CHECK(sas.check(at("2026-11-23T01:00:00Z")));
  CHECK(sas.check(at("2026-11-23T01:59:59Z")));
  // Of a colleague whose clock is ahead.
  CHECK(sas.check(at("2026-11-23T00:59:59Z")));
  CHECK(sas.check(at("2026-11-23T00:45:00Z")));
  CHECK(sas.check(at("2026-11-23T02:14:59Z")));
  const auto over = sas.check(at("2026-11-23T02:15:00Z"));
  REQUIRE_FALSE(over);
  CHECK(over.error().code == ErrorCode::unauthenticated);
  CHECK(over.error().message ==
        "the shared access signature expired at 2026-11-23T02:00:00Z, and it is 2026-11-23T02:15:00Z");
  CHECK(over.error().hint == "make a new one: `az storage container generate-sas`, or set the clock");
  const auto early = sas.check(at("2026-11-23T00:44:59Z"));
  REQUIRE_FALSE(early);
  CHECK(early.error().message ==
        "the shared access signature begins at 2026-11-23T01:00:00Z, and it is 2026-11-23T00:44:59Z");
  CHECK(early.error().hint == "wait, make one without a start, or set the clock");
}

TEST_CASE("one of a stored policy has its end there") {
  const auto sas = SharedAccessSignature::parse("sv=2022-11-02&si=readers&sr=c&sig=x").value();
  CHECK_FALSE(sas.expires());
  CHECK(sas.check(at("2200-01-01T00:00:00Z")));
  CHECK(sas.terms() == "as the policy readers says");
}

TEST_CASE("what is no signature is refused with what is wrong, and without its values") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is empty"},
      {" ? ", "is empty"},
      {"https://a.blob.core.windows.net/c?sv=1&sig=cktest-sas-2", "is a whole URL"},
      {"cktest-sas-2", "has a part without a `=`"},
      {"cktest-sas-2=1", "has a parameter that is none of such signatures"},
      {"sv=2022-11-02&sig=x&comp=list&se=2030-01-01", "has a parameter that is none of such signatures"},
      {"sv=2022-11-02&sig=x&snapshot=1&se=2030-01-01", "has a parameter that is none of such signatures"},
      {"sv=2022-11-02&sig=%zz", "has a sig that cannot be decoded"},
      {"sv=2022-11-02&sig=a%0d%0ab", "has a sig that cannot be decoded"},
      {"sv=2022-11-02&sv=2022-11-02", "has sv twice"},
      {"sv=2022-11-02&se=2030-01-01", "has no sig"},
      {"sv=2022-11-02&se=2030-01-01&sig=", "has no sig"},
      {"sig=cktest-sas-2&se=2030-01-01", "has no sv"},
      {"sv=2022-11-02&sig=cktest-sas-2", "has neither an end (se) nor a policy (si)"},
      {"sv=2022-11-02&sig=cktest-sas-2&se=soon", "has an end (se) that is no time"},
      {"sv=2022-11-02&sig=cktest-sas-2&se=2030-01-01&st=0", "has a start (st) that is no time"},
  };
  for (const auto& row : cases) {
    CHECK(refused(row.first).message == std::string("the shared access signature ") + row.second);
  }
  CHECK(refused("https://a.blob.core.windows.net/c?sv=1&sig=cktest-sas-2").hint == "give what follows its `?`");
}
