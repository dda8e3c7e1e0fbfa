#include "gcp/gcs/settings.h"

#include "gcp/gcs/open.h"

#include <cloudkit/open.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

using namespace cloudkit;
using namespace cloudkit::gcp;
using namespace cloudkit::gcp::gcs;

namespace {

Result<Settings> resolve(GcsOptions options, std::map<std::string, std::string> variables = {}) {
  auth::Environment environment;
  environment.variable = [&](std::string_view name) -> std::optional<std::string> {
    const auto it = variables.find(std::string(name));
    if (it == variables.end()) return std::nullopt;
    return it->second;
  };
  return resolve_settings(options, environment);
}

GcsOptions at(std::string endpoint) {
  GcsOptions options;
  options.endpoint = std::move(endpoint);
  return options;
}

}  // namespace

TEST_CASE("without an endpoint it is Google's") {
  const auto settings = resolve({});
  REQUIRE(settings);
  CHECK(settings->target.scheme == "https");
  CHECK(settings->target.host == "storage.googleapis.com");
  CHECK_FALSE(settings->is_emulator);
}

TEST_CASE("STORAGE_EMULATOR_HOST is taken with a scheme and without, and gets nobody's credentials") {
  for (const char* const host : {"localhost:4443", "http://localhost:4443", "http://localhost:4443/"}) {
    CAPTURE(host);
    const auto settings = resolve({}, {{"STORAGE_EMULATOR_HOST", host}});
    REQUIRE(settings);
    CHECK(settings->target.scheme == "http");
    CHECK(settings->target.host == "localhost:4443");
    CHECK(settings->target.base_path.empty());
    CHECK(settings->is_emulator);
  }
  CHECK_FALSE(resolve(at("https://h"), {{"STORAGE_EMULATOR_HOST", "localhost"}})->is_emulator);
  CHECK(resolve({}, {{"STORAGE_EMULATOR_HOST", "ftp://x"}}).error().message.find("STORAGE_EMULATOR_HOST") !=
        std::string::npos);
}

TEST_CASE(
    "an emulator on another machine, as docker compose names it, was refused for credentials that it never gets") {
  const auto settings = resolve({}, {{"STORAGE_EMULATOR_HOST", "gcs:4443"}});
  REQUIRE(settings);
  CHECK(settings->target.scheme == "http");
  CHECK(settings->target.host == "gcs:4443");
  CHECK(settings->is_emulator);

  // This machine by a name that is none of loopback: the request gets as far as a port where nobody listens.
  ::setenv("STORAGE_EMULATOR_HOST", "0.0.0.0:1", 1);
  GcsOptions options;
  options.retry.max_attempts = 1;
  const auto error = make_gcs_store(options)->bucket("reports")->head("a").error();
  CHECK(error.code == ErrorCode::unavailable);
  options.endpoint = "http://0.0.0.0:1";
  CHECK(make_gcs_store(options).error().code == ErrorCode::invalid_argument);
  ::unsetenv("STORAGE_EMULATOR_HOST");
}

TEST_CASE("plain http leaves this machine only when asked for") {
  const auto error = resolve(at("http://example.com")).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message ==
        "the endpoint \"http://example.com\" would send credentials and data unencrypted to another "
        "machine");
  GcsOptions options = at("http://example.com");
  options.allow_http = true;
  CHECK(resolve(options));
  CHECK_FALSE(check_options(at("http://example.com")));
  CHECK_FALSE(check_options(at("https://h?x=1")));
}

TEST_CASE(
    "the default identity's tokens go to Google and to this machine only, unless the program trusts another host") {
  const auto trust = [](std::string host, bool trusting = false) {
    GcsOptions options;
    options.trust_endpoint = trusting;
    Target target;
    target.host = std::move(host);
    return check_trust(options, target);
  };
  for (const char* const host :
       {"storage.googleapis.com", "storage-x.p.googleapis.com:443", "localhost:4443", "[::1]:1"}) {
    CAPTURE(host);
    CHECK(trust(host));
  }
  for (const char* const host : {"collector.example", "googleapis.com.example", "evilgoogleapis.com", "10.0.0.1:80"}) {
    CAPTURE(host);
    CHECK_FALSE(trust(host));
    CHECK(trust(host, true));
  }
  const auto error = trust("collector.example").error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        "the endpoint collector.example is neither Google's nor on this machine, so no token of the default identity "
        "is sent there");
  const auto bucket = open_bucket("gs://reports?endpoint=https://collector.example");
  REQUIRE(bucket);
  CHECK(bucket->head("a").error().code == ErrorCode::unauthenticated);
}

TEST_CASE("the project is the option's, else the environment's") {
  GcsOptions options;
  options.project = "p";
  CHECK(resolve(options, {{"GOOGLE_CLOUD_PROJECT", "q"}})->project == "p");
  CHECK(resolve({}, {{"GOOGLE_CLOUD_PROJECT", "q"}})->project == "q");
}

TEST_CASE("options that contradict each other") {
  GcsOptions options;
  options.anonymous = true;
  options.user_project = "p";
  CHECK(check_options(options).error().message == "GcsOptions has both anonymous and a user_project");
}

TEST_CASE("a URL says what options say") {
  const auto url = Url::parse("gs://b/p?project=x&endpoint=https://h&location=EU&user_project=u&anonymous=true");
  REQUIRE(url);
  const auto options = options_of(*url);
  REQUIRE(options);
  CHECK(options->project == "x");
  CHECK(options->endpoint == "https://h");
  CHECK(options->location == "EU");
  CHECK(options->user_project == "u");
  CHECK(options->anonymous);
  CHECK(options_of(*Url::parse("gs://b?anonymous=yes")).error().message == "anonymous=yes is not known");
  CHECK(options_of(*Url::parse("gs://b?region=x")).error().hint.find("project") != std::string::npos);
}

TEST_CASE("gs:// opens without any I/O") {
  CHECK(open_bucket("gs://reports/2026?anonymous=true"));
  CHECK(open_bucket("gs://Reports").error().code == ErrorCode::invalid_argument);
}
