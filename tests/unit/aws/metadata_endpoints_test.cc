#include "aws/credentials/metadata_endpoints.h"

#include "environment.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;
using nlohmann::json;

namespace {

std::string url_of(const http::Request& request) {
  return request.scheme + "://" + request.host + http::encode_target(request);
}

struct MetadataEndpointsFixture : ProfileEnvironment {
  Result<std::optional<http::Request>> container() { return aws::container_endpoint(view()); }
  Result<std::optional<http::Request>> container(std::string full) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = std::move(full);
    return container();
  }

  Result<http::Request> instance() {
    const auto environment = view();
    const auto loaded = aws::load_profile_files(environment).value();
    return aws::instance_metadata_endpoint(aws::choose_profile("", environment, loaded).value(), environment);
  }
};

}  // namespace

TEST_CASE("the container's endpoint is the one of the AWS SDKs' own tests") {
  const json vectors = json::parse(read_test_data("aws-config/ecs-tests.json"));
  int cases = 0;
  for (const json& test : vectors.at("tests")) {
    CAPTURE(test.at("docs").get<std::string>());
    MetadataEndpointsFixture f;
    f.variables = test.at("env").get<std::map<std::string, std::string>>();
    const auto endpoint = f.container();
    if (test.at("result").contains("Ok")) {
      REQUIRE(endpoint);
      REQUIRE(endpoint->has_value());
      CHECK(url_of(**endpoint) == test.at("result").at("Ok").get<std::string>());
    } else if (test.at("env").empty()) {
      REQUIRE(endpoint);
      CHECK_FALSE(endpoint->has_value());
    } else {
      REQUIRE_FALSE(endpoint);
      CHECK(endpoint.error().code == ErrorCode::invalid_argument);
    }
    ++cases;
  }
  CHECK(cases == 11);
}

TEST_CASE("the container's keys come by plain http only from hosts that no name server can move") {
  MetadataEndpointsFixture f;
  for (const char* url : {"http://127.0.0.1:51678/x", "http://127.1.2.3/", "http://[::1]:8080/x", "http://LocalHost/x",
                          "http://169.254.170.2:80/", "http://169.254.170.23/v1", "http://[fd00:ec2::23]:80/v1",
                          "https://169.254.169.254/x", "https://keys.example:8443/x?y=z"}) {
    CAPTURE(url);
    CHECK(f.container(url));
  }
  for (const char* url : {"http://keys.example/x", "http://127.0.0.1.evil.example/x", "http://localhost.evil.example/x",
                          "http://evil.localhost/x", "http://169.254.170.2.evil.example/x", "http://169.254.170.20/x",
                          "http://169.254.169.254/x", "http://10.0.0.1/x", "http://0.0.0.0/x", "http://[::]/x",
                          "http://[::ffff:10.0.0.1]/x", "http://[fd00:ec2::24]/x", "HTTP://keys.example/x"}) {
    CAPTURE(url);
    const auto refused = f.container(url);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.ends_with(" would show keys to everyone on the way"));
    CHECK(refused.error().hint ==
          "use https, or one of 127.0.0.1, localhost, 169.254.170.2, 169.254.170.23, [fd00:ec2::23]");
  }
}

TEST_CASE("an address in an unusual form is no host, from which keys could come") {
  MetadataEndpointsFixture f;
  for (const char* url : {"http://2130706433/x", "http://0x7f.1/x"}) {
    CHECK_MESSAGE(f.container(url).error().code == ErrorCode::invalid_argument, url);
  }
}

TEST_CASE("what a container's variables may hold besides a URL is refused, by the variable's name") {
  MetadataEndpointsFixture f;
  const auto message = [](const Result<std::optional<http::Request>>& endpoint) {
    REQUIRE_FALSE(endpoint);
    return endpoint.error().message;
  };
  CHECK(message(f.container("ftp://127.0.0.1/x")) ==
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"ftp://127.0.0.1/x\" does not begin with http:// or https://");
  CHECK(message(f.container("http://127.0.0.1@evil.example/x")) ==
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"http://...\" names no valid host and port");
  CHECK(message(f.container("http://127.0.0.1/x\r\nHost: evil")) ==
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"http://...\" has a control character");
  for (const char* relative : {"@evil.example/x", ".evil.example/x", ":8080/x", "credentials"}) {
    CAPTURE(relative);
    f.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = relative;
    CHECK(message(f.container()) == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: it does not begin with /");
  }
  f.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "//evil.example/x";
  CHECK(f.container().value()->host == "169.254.170.2");
}

TEST_CASE("the instance's endpoint is the one of the AWS SDKs' own tests") {
  const json vectors = json::parse(read_test_data("aws-config/imds-endpoint-tests.json"));
  int cases = 0;
  for (const json& test : vectors.at("tests")) {
    CAPTURE(test.at("docs").get<std::string>());
    MetadataEndpointsFixture f;
    f.variables = test.at("env").get<std::map<std::string, std::string>>();
    f.files = test.at("fs").get<std::map<std::string, std::string>>();
    // What other SDKs have an option for, a program of ours says by the variable.
    if (test.contains("endpoint_override")) {
      f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = test.at("endpoint_override").get<std::string>();
    }
    if (test.contains("mode_override")) {
      f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = test.at("mode_override").get<std::string>();
    }
    const auto endpoint = f.instance();
    if (test.at("result").contains("Ok")) {
      REQUIRE(endpoint);
      CHECK(endpoint->scheme + "://" + endpoint->host + endpoint->path + "/latest/api/token" ==
            test.at("result").at("Ok").get<std::string>());
    } else {
      REQUIRE_FALSE(endpoint);
      CHECK(endpoint.error().code == ErrorCode::invalid_argument);
    }
    ++cases;
  }
  CHECK(cases == 14);
}

TEST_CASE("what is wrong with the instance's endpoint is told by the setting's name") {
  const auto message = [](MetadataEndpointsFixture& f) {
    const auto endpoint = f.instance();
    REQUIRE_FALSE(endpoint);
    return endpoint.error().message;
  };
  MetadataEndpointsFixture f;
  f.config("[default]\nec2_metadata_service_endpoint_mode = IPv7\n");
  CHECK(message(f) == "ec2_metadata_service_endpoint_mode of profile \"default\": \"IPv7\" is neither IPv4 nor IPv6");
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "both";
  CHECK(message(f) == "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: \"both\" is neither IPv4 nor IPv6");
  f.config("[default]\nec2_metadata_service_endpoint = not a uri\n");
  CHECK(message(f) ==
        "ec2_metadata_service_endpoint of profile \"default\": \"not a uri\" does not begin with http:// or https://");
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://host/?a=b";
  CHECK(message(f) == "AWS_EC2_METADATA_SERVICE_ENDPOINT: it has a query");
}

TEST_CASE("a base path of the instance's endpoint is kept, without its last slashes") {
  MetadataEndpointsFixture f;
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://localhost:1338/mock//";
  CHECK(f.instance().value().path == "/mock");
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://localhost:1338/";
  CHECK(f.instance().value().path.empty());
}
