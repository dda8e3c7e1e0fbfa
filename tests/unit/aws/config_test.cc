#include "aws/config.h"

#include "environment.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;
using nlohmann::json;

namespace {

struct Fixture : FakeEnvironment {
  aws::Config load(std::string_view profile = {}) { return aws::load_config(profile, view()).value(); }
  Error error(std::string_view profile = {}) {
    const auto loaded = aws::load_config(profile, view());
    REQUIRE_FALSE(loaded);
    return loaded.error();
  }
};

std::string to_ini(const json& suite) {
  std::string text;
  for (const auto& [name, properties] : suite.at("profiles").items()) {
    text += "[profile " + name + "]\n";
    for (const auto& [key, value] : properties.items()) text += key + " = " + value.get<std::string>() + "\n";
  }
  for (const auto& [name, services] : suite.at("services").items()) {
    text += "[services " + name + "]\n";
    for (const auto& [service, properties] : services.items()) {
      text += service + " =\n";
      for (const auto& [key, value] : properties.items()) text += "  " + key + " = " + value.get<std::string>() + "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the S3 endpoint is found in the order of botocore's tests") {
  const json suite = json::parse(read_test_data("aws-config/configured-endpoint-urls.json")).at("testSuites").at(0);
  int cases = 0;
  for (const json& test : suite.at("endpointUrlTests")) {
    // What a program passes itself goes before all of this, in S3Options.
    if (test.at("service") != "s3" || test.at("client_config") != "default") continue;
    CAPTURE(test.at("name").get<std::string>());
    Fixture f;
    f.config(to_ini(suite));
    f.variables["AWS_PROFILE"] = test.at("profile");
    for (const auto& [name, value] : suite.at("environments").at(test.at("environment")).items()) {
      f.variables[name] = value;
    }
    const std::string expected = test.at("output").at("endpointUrl");
    const bool none = expected == "https://s3.fake-region-10.amazonaws.com";
    CHECK(f.load().s3_endpoint.value == (none ? std::string() : expected));
    ++cases;
  }
  CHECK(cases == 17);
}

TEST_CASE("without variables and files nothing is configured, and that is no error") {
  Fixture f;
  CHECK(f.load().profile.value == "default");
  CHECK(f.load().region.value.empty());
  CHECK(f.load().s3_endpoint.value.empty());
  f.variables.clear();
  CHECK(f.load().region.value.empty());
  CHECK(f.load("default").profile.value == "default");
}

TEST_CASE("the region comes from AWS_REGION, AWS_DEFAULT_REGION, the profile, and says so") {
  Fixture f;
  f.config("[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-north-1\n");
  CHECK(f.load().region.value == "eu-west-1");
  CHECK(f.load().region.source == "profile \"default\"");
  CHECK(f.load("dev").region.value == "eu-north-1");
  f.variables["AWS_PROFILE"] = " dev ";
  CHECK(f.load().profile.value == "dev");
  CHECK(f.load().profile.source == "AWS_PROFILE");
  CHECK(f.load().region.source == "profile \"dev\"");
  CHECK(f.load("default").region.value == "eu-west-1");
  f.variables["AWS_DEFAULT_REGION"] = "us-east-2";
  CHECK(f.load().region.source == "AWS_DEFAULT_REGION");
  f.variables["AWS_REGION"] = "us-west-2";
  CHECK(f.load().region.value == "us-west-2");
  f.variables["AWS_REGION"] = "  ";
  CHECK(f.load().region.value == "us-east-2");
}

TEST_CASE("the files may lie elsewhere") {
  Fixture f;
  f.config("[default]\nregion = home\n");
  f.files["/etc/aws.ini"] = "[default]\nregion = elsewhere\n";
  f.files["/home/ada/my.ini"] = "[default]\nregion = tilde\n";
  f.files["/etc/keys.ini"] = "[dev]\nregion = from-credentials\n";
  f.variables["AWS_CONFIG_FILE"] = "/etc/aws.ini";
  CHECK(f.load().region.value == "elsewhere");
  f.variables["AWS_CONFIG_FILE"] = "~/my.ini";
  CHECK(f.load().region.value == "tilde");
  f.variables["AWS_SHARED_CREDENTIALS_FILE"] = "/etc/keys.ini";
  CHECK(f.load("dev").region.value == "from-credentials");
}

TEST_CASE("a profile that was asked for must exist") {
  Fixture f;
  f.config("[default]\n[prod]\n");
  Error error = f.error("prod");
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(
      error.message ==
      "the profile \"prod\", asked for by the program, is not in /home/ada/.aws/config or /home/ada/.aws/credentials");
  CHECK(error.hint.find("aws configure list-profiles") != std::string::npos);
  f.variables["AWS_PROFILE"] = "dev";
  CHECK(f.error().message.starts_with("the profile \"dev\", asked for by AWS_PROFILE, is not in "));
  f.variables.erase("HOME");
  CHECK(f.error().message.ends_with(" is not in any file, as HOME is not set"));
}

TEST_CASE("files that cannot be read or parsed are errors, not silence") {
  Fixture f;
  f.config("(broken)");
  CHECK(f.error().code == ErrorCode::io);
  CHECK(f.error().message == "read /home/ada/.aws/config: Input/output error");
  f.config("[default]\nregion\n");
  CHECK(f.error().code == ErrorCode::invalid_argument);
  CHECK(f.error().message == "/home/ada/.aws/config:2: Expected an '=' sign defining a property");
  f.config("[default]\nservices = gone\n");
  CHECK(f.error().message ==
        "profile \"default\" names the services section \"gone\", which is not in /home/ada/.aws/config");
}

TEST_CASE("the process's environment reads real variables and files") {
  const auto directory = std::filesystem::temp_directory_path() / ("cloudkit-config-" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  const std::string path = directory / "config";
  std::ofstream(path) << "[default]\n";
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  ::setenv("CLOUDKIT_TEST_VARIABLE", "x", 1);

  const aws::Environment& environment = aws::Environment::process();
  CHECK(environment.variable("CLOUDKIT_TEST_VARIABLE") == "x");
  CHECK(environment.variable("CLOUDKIT_TEST_VARIABLE_NOT_SET") == std::nullopt);
  CHECK(environment.read_file(path).value() == "[default]\n");
  CHECK(environment.read_file(path + ".gone").value() == std::nullopt);
  CHECK(environment.read_file(path + "/below").value() == std::nullopt);
  CHECK(environment.file_mode(path) == 0640U);
  CHECK(environment.file_mode(path + ".gone") == std::nullopt);

  const auto not_a_file = environment.read_file(directory);
  REQUIRE_FALSE(not_a_file);
  CHECK(not_a_file.error().code == ErrorCode::io);
  const auto endless = environment.read_file("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message == "read /dev/zero: larger than 16777216 bytes");
  std::filesystem::remove_all(directory);
}
