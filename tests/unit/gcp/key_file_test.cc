#include "gcp/credentials/key_file.h"

#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using nlohmann::json;

namespace {

Error refused(const json& file) { return error_of(gcp::read_key_file(file.dump())); }
Error refused_text(const std::string& text) { return error_of(gcp::read_key_file(text)); }

json with(json file, const std::string& member, json value) {
  file[member] = std::move(value);
  return file;
}
json without(json file, const std::string& member) {
  file.erase(member);
  return file;
}

}  // namespace

TEST_CASE("a service account's key: who it is, and whom an assertion is for") {
  const auto file = gcp::read_key_file(service_account_file().dump());
  REQUIRE(file);
  const auto& key = std::get<gcp::ServiceAccountKey>(*file);
  CHECK(key.email == "robot@project-1.iam.gserviceaccount.com");
  CHECK(key.key_id == "key-1");
  CHECK(key.project == "project-1");
  CHECK(key.token_endpoint.host == "oauth2.googleapis.com");
  CHECK(key.token_uri == "https://oauth2.googleapis.com/token");
  const auto short_file =
      without(without(without(service_account_file(), "token_uri"), "project_id"), "private_key_id");
  const auto defaults = gcp::read_key_file(short_file.dump());
  REQUIRE(defaults);
  CHECK(std::get<gcp::ServiceAccountKey>(*defaults).token_uri == "https://oauth2.googleapis.com/token");
}

TEST_CASE("a broken service account's key names the member, never its value") {
  const json good = service_account_file();
  CHECK(refused(without(good, "client_email")).message == "client_email is missing or empty");
  CHECK(refused(with(good, "client_email", "")).message == "client_email is missing or empty");
  CHECK(refused(with(good, "client_email", 7)).message == "client_email is not a string");
  CHECK(refused(with(good, "client_email", "cktest-mail-1\n")).message == "client_email has control characters");
  CHECK(refused(without(good, "private_key")).message == "private_key is missing or empty");
  CHECK(refused(with(good, "private_key", "cktest-key-1")).message ==
        "private_key: it is not PEM: it has no -----BEGIN line");
  const std::string pem = good["private_key"];
  const Error cut = refused(with(good, "private_key", pem.substr(0, pem.size() / 2)));
  CHECK(cut.message == "private_key: it is no private key that OpenSSL can read");
  CHECK(cut.hint == "create a new key: gcloud iam service-accounts keys create");
  CHECK(refused(with(good, "token_uri", "http://token.test/")).message ==
        "token_uri is no URL that begins with https://");
  CHECK(refused(with(good, "token_uri", "cktest-uri-1")).message == "token_uri is no URL that begins with https://");
  CHECK(gcp::read_key_file(with(good, "token_uri", "http://127.0.0.1:8080/token").dump()));
}

TEST_CASE("a user's login needs three members") {
  const auto file = gcp::read_key_file(user_file().dump());
  REQUIRE(file);
  const auto& user = std::get<gcp::AuthorizedUser>(*file);
  CHECK(user.refresh_token == "cktest-refresh-1");
  CHECK(user.quota_project == "quota-1");
  for (const char* member : {"client_id", "client_secret", "refresh_token"}) {
    const Error error = refused(without(user_file(), member));
    CHECK(error.message == std::string(member) + " is missing or empty");
    CHECK(error.hint == "log in anew: gcloud auth application-default login");
  }
}

TEST_CASE("what is no credentials at all says what it is") {
  CHECK(refused_text("[]").message == "the JSON is not an object");
  CHECK(refused_text("{}").message == "type is missing, or no string");
  CHECK(refused_text("cktest-nojson-1").code == ErrorCode::unauthenticated);
  CHECK(refused_text("").code == ErrorCode::unauthenticated);
  CHECK(refused_text(service_account_file().dump().substr(0, 200)).code == ErrorCode::unauthenticated);
  CHECK(refused({{"type", "cktest-type-1"}}).message == "type is none that Google's tools write");
  CHECK(refused({{"installed", {{"client_id", "x"}}}}).message ==
        "it is a client of OAuth, which is nobody's credentials");
  const Error other = refused({{"type", "gdch_service_account"}});
  CHECK(other.code == ErrorCode::unsupported);
  CHECK(other.message == "cloudkit does not speak credentials of the type gdch_service_account");
  CHECK(refused(with(service_account_file(), "universe_domain", "domain.test")).code == ErrorCode::unsupported);
}

TEST_CASE("an external account: a file, a URL or AWS says who it is") {
  json file = external_file();
  file["credential_source"] = {{"url", "http://169.254.169.254/metadata/identity/oauth2/token?a=b"},
                               {"headers", {{"Metadata", "True"}}},
                               {"format", {{"type", "json"}, {"subject_token_field_name", "access_token"}}}};
  const auto read = gcp::read_key_file(file.dump());
  REQUIRE(read);
  const auto& url = std::get<gcp::SubjectUrl>(std::get<gcp::ExternalAccount>(*read).subject);
  CHECK(url.request.headers.get("metadata") == "True");
  CHECK(url.request.query == http::Query{{"a", "b"}});
  CHECK(url.field == "access_token");

  file["service_account_impersonation_url"] = kImpersonationUrl;
  file["service_account_impersonation"] = {{"token_lifetime_seconds", 600}};
  const auto acting = gcp::read_key_file(file.dump());
  REQUIRE(acting);
  const auto& as = std::get<gcp::ExternalAccount>(*acting).acting_as;
  CHECK(as.account == "robot@project-1.iam.gserviceaccount.com");
  CHECK(as.api.encoded_path == "/v1/projects/-/serviceAccounts/");
  CHECK(as.lifetime == std::chrono::seconds(600));
}

TEST_CASE("AWS's keys sign nothing but a question to STS of who we are, whatever the file says") {
  const auto file = [](const std::string& url) {
    json source = {{"environment_id", "aws1"}, {"regional_cred_verification_url", url}};
    return with(external_file(), "credential_source", std::move(source)).dump();
  };
  const std::string question = "?Action=GetCallerIdentity&Version=2011-06-15";
  for (const char* good : {"https://sts.{region}.amazonaws.com", "https://sts.amazonaws.com",
                           "https://sts.eu-west-1.amazonaws.com/", "https://sts.{region}.amazonaws.com.cn"}) {
    CHECK_MESSAGE(gcp::read_key_file(file(good + question)), good);
  }
  const std::string sts = "https://sts.{region}.amazonaws.com";
  for (const std::string& bad :
       {sts + "?Action=AssumeRole&RoleArn=arn&Version=2011-06-15", sts, sts + question + "&DurationSeconds=1",
        sts + "?Action=GetCallerIdentity&Version=2011-06-15&Action=AssumeRole", sts + "/x" + question,
        "http://sts.{region}.amazonaws.com" + question, "https://sts.{region}.amazonaws.com.evil.example" + question,
        "https://sts.{region}.evil.example" + question, "https://evil.example/sts.amazonaws.com" + question,
        "https://bucket.s3.{region}.amazonaws.com" + question, "https://sts.s3.amazonaws.com" + question,
        "https://sts.s3.{region}.amazonaws.com" + question, "https://sts.amazonaws.com:8443" + question,
        "https://sts.amazonaws.com@evil.example" + question, "https://iam.amazonaws.com" + question,
        "https://sts.amazonaws.com.cn.evil.example" + question, std::string("nonsense")}) {
    CAPTURE(bad);
    CHECK(refused(json::parse(file(bad))).message ==
          "credential_source.regional_cred_verification_url does not ask AWS's STS for GetCallerIdentity");
  }
}

TEST_CASE("a broken external account names the member") {
  const json good = external_file();
  for (const char* member : {"audience", "subject_token_type", "token_url"}) {
    CHECK(refused(without(good, member)).message == std::string(member) + " is missing or empty");
  }
  const auto source = [&](json value) { return refused(with(good, "credential_source", std::move(value))); };
  CHECK(refused(without(good, "credential_source")).message == "credential_source is missing, or no object");
  CHECK(source({{"x", 1}}).message == "credential_source names neither a file, nor a url, nor an environment_id");
  CHECK(source({{"url", "http://token.test/x"}}).message ==
        "credential_source.url is no URL that begins with https://");
  CHECK(source({{"url", "https://token.test/"}, {"headers", {{"a", "cktest-h-1\r\n"}}}}).message ==
        "credential_source.headers holds what is no header");
  CHECK(source({{"url", "https://token.test/"}, {"headers", {{"Content-Length", "1"}}}}).message ==
        "credential_source.headers holds what is no header");
  CHECK(source({{"file", "/x"}, {"format", {{"type", "json"}}}}).message ==
        "credential_source.format is neither text, nor json with a subject_token_field_name");
  CHECK(source({{"environment_id", "aws2"}}).code == ErrorCode::unsupported);
  CHECK(source({{"environment_id", "aws1"}}).message ==
        "credential_source.regional_cred_verification_url is missing or empty");
  for (const char* url :
       {"http://169.254.169.254/latest/meta-data/iam/security-credentials/role", "https://169.254.169.254/x",
        "http://169.254.170.2/v2/credentials", "http://[fd00:ec2::254]/latest/meta-data/", "http://169.254.169.254/",
        "http://169.254.169.254:81/metadata/identity/oauth2/token"}) {
    CHECK_MESSAGE(source({{"url", url}}).message ==
                      "credential_source.url is of a metadata service, and not where Azure's tells tokens",
                  url);
  }
  const json azures = {{"url", "http://169.254.169.254/metadata/identity/oauth2/token?resource=x"}};
  CHECK(gcp::read_key_file(with(good, "credential_source", azures).dump()));
  CHECK(refused(with(with(good, "credential_source", azures), "token_url", "https://sts.evil.example/v1/token"))
            .message == "credential_source.url asks for this machine's token, but token_url is not Google's");
  const Error program = source({{"executable", {{"command", "cktest-command-1"}}}});
  CHECK(program.code == ErrorCode::unsupported);
  CHECK(program.message == "cloudkit takes no subject tokens from credential_source.executable");
  CHECK(refused(with(good, "service_account_impersonation_url", "https://iam.test/x")).message ==
        "service_account_impersonation_url does not end in /serviceAccounts/ACCOUNT:generateAccessToken");
  for (const json& bad : {json(0), json(43'201), json("600")}) {
    CHECK(refused(with(with(good, "service_account_impersonation_url", kImpersonationUrl),
                       "service_account_impersonation", {{"token_lifetime_seconds", bad}}))
              .message == "service_account_impersonation.token_lifetime_seconds is not 1 to 43200");
  }
}

TEST_CASE("an impersonation holds the credentials of who asks, not without end") {
  json file = {{"type", "impersonated_service_account"},
               {"service_account_impersonation_url", kImpersonationUrl},
               {"delegates", {"projects/-/serviceAccounts/one@p.test", "two@p.test"}},
               {"source_credentials", user_file()}};
  const auto read = gcp::read_key_file(file.dump());
  REQUIRE(read);
  const auto& account = std::get<gcp::ImpersonatedAccount>(*read);
  CHECK(account.acting_as.delegates == std::vector<std::string>{"one@p.test", "two@p.test"});
  CHECK(std::holds_alternative<gcp::AuthorizedUser>(*account.by));

  CHECK(refused(without(file, "source_credentials")).message == "source_credentials is missing, or no object");
  CHECK(refused(with(file, "source_credentials", without(user_file(), "client_id"))).message ==
        "source_credentials: client_id is missing or empty");
  CHECK(refused(with(file, "delegates", {"a b"})).message == "delegates holds what is no service account");
  json nested = file;
  for (int i = 0; i < 6; ++i) nested = with(file, "source_credentials", nested);
  CHECK(::test::contains(refused(nested).message, "source_credentials are nested too deep"));
}

TEST_CASE("service accounts that a program names") {
  CHECK(gcp::acting_as("robot@p.test", {"one@p.test"})->account == "robot@p.test");
  for (const char* bad : {"", "a/b", "a b", "a%2Fb", "a\r\nb", "a?b"}) {
    CHECK(gcp::acting_as(bad, {}).error().code == ErrorCode::invalid_argument);
    CHECK(gcp::acting_as("robot@p.test", {bad}).error().code == ErrorCode::invalid_argument);
  }
}
