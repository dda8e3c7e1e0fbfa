#include "http/tls_files.h"

#include "support.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;
using http_curl::ScopedVariable;

namespace {

// The machine's own choice must not decide a test.
struct NoVariables {
  ScopedVariable aws{"AWS_CA_BUNDLE", nullptr};
  ScopedVariable curl{"CURL_CA_BUNDLE", nullptr};
  ScopedVariable ssl{"SSL_CERT_FILE", nullptr};
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / (name + "-" + std::to_string(::getpid()))) {
    std::ofstream(path_) << "x";
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a CA bundle comes from the option, then the variables, then libcurl") {
  const NoVariables none;
  const TemporaryFile option("cloudkit-ca-option"), aws("cloudkit-ca-aws"), curl("cloudkit-ca-curl");
  const TemporaryFile ssl("cloudkit-ca-ssl"), built_in("cloudkit-ca-built-in");
  CHECK(http::find_ca_bundle("", built_in.path()).value() == built_in.path());
  const ScopedVariable ssl_variable("SSL_CERT_FILE", ssl.path().c_str());
  CHECK(http::find_ca_bundle("", built_in.path()).value() == ssl.path());
  const ScopedVariable curl_variable("CURL_CA_BUNDLE", curl.path().c_str());
  CHECK(http::find_ca_bundle("", built_in.path()).value() == curl.path());
  const ScopedVariable aws_variable("AWS_CA_BUNDLE", aws.path().c_str());
  CHECK(http::find_ca_bundle("", built_in.path()).value() == aws.path());
  CHECK(http::find_ca_bundle(option.path(), built_in.path()).value() == option.path());
}

TEST_CASE("a named CA bundle that is missing is an error, not a reason to trust another") {
  const ScopedVariable variable("AWS_CA_BUNDLE", "/nonexistent/ca.pem");
  auto found = http::find_ca_bundle("", "");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::invalid_argument);
  CHECK(found.error().message ==
        "the CA bundle \"/nonexistent/ca.pem\" named by AWS_CA_BUNDLE cannot be read: No such file or directory");
}

TEST_CASE("an empty variable names nothing") {
  const NoVariables none;
  const TemporaryFile built_in("cloudkit-ca-built-in-2");
  const ScopedVariable variable("AWS_CA_BUNDLE", "");
  CHECK(http::find_ca_bundle("", built_in.path()).value() == built_in.path());
}

TEST_CASE("a missing built-in bundle is replaced by a known one, or by none") {
  const NoVariables none;
  auto found = http::find_ca_bundle("", "/nonexistent/ca.pem");
  REQUIRE(found);
  CHECK((found->empty() || std::filesystem::exists(*found)));
}

TEST_CASE("the transport names the missing CA bundle when it first needs it") {
  http::TransportOptions options;
  options.ca_file = "/nonexistent/own.pem";
  const auto transport = http::make_curl_transport(options);
  http::Request request;
  request.host = "127.0.0.1:1";
  const auto exchange = transport->send(request, nullptr, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().message ==
        "the CA bundle \"/nonexistent/own.pem\" named by the option ca_file cannot be read: No such file or directory");
  CHECK_FALSE(exchange.request_sent);
}
