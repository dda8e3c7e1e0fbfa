#include "aws/config.h"

#include "environment.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;

namespace {

struct ConfigFixture : ProfileEnvironment {
  aws::Config load(std::string_view profile = {}) { return aws::load_config(profile, view()).value(); }
  Error error(std::string_view profile = {}) {
    const auto loaded = aws::load_config(profile, view());
    REQUIRE_FALSE(loaded);
    return loaded.error();
  }
};

}  // namespace

TEST_CASE("without variables and files nothing is configured, and that is no error") {
  ConfigFixture f;
  CHECK(f.load().profile.value == "default");
  CHECK(f.load().region.value.empty());
  CHECK(f.load().s3_endpoint.value.empty());
  f.variables.clear();
  CHECK(f.load().region.value.empty());
  CHECK(f.load("default").profile.value == "default");
}

TEST_CASE("the region comes from AWS_REGION, AWS_DEFAULT_REGION, the profile, and says so") {
  ConfigFixture f;
  f.config("[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-north-1\n");
  CHECK(f.load().region.value == "eu-west-1");
  CHECK(f.load().region.source == "profile \"default\"");
  CHECK(f.load("dev").region.value == "eu-north-1");
  f.variables["AWS_PROFILE"] = " dev ";
  CHECK(f.load().profile.value == "dev");
  CHECK(f.load().profile.source == "AWS_PROFILE");
  CHECK(f.load().region.source == "profile \"dev\"");
  CHECK(f.load("default").region.value == "eu-west-1");
  f.variables["AWS_DEFAULT_PROFILE"] = "default";
  CHECK(f.load().profile.value == "dev");
  f.variables["AWS_PROFILE"] = "";
  CHECK(f.load().profile.source == "AWS_DEFAULT_PROFILE");
  CHECK(f.load().region.value == "eu-west-1");
  f.variables["AWS_DEFAULT_REGION"] = "us-east-2";
  CHECK(f.load().region.source == "AWS_DEFAULT_REGION");
  f.variables["AWS_REGION"] = "us-west-2";
  CHECK(f.load().region.value == "us-west-2");
  f.variables["AWS_REGION"] = "  ";
  CHECK(f.load().region.value == "us-east-2");
}

TEST_CASE("the files may lie elsewhere") {
  ConfigFixture f;
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
  ConfigFixture f;
  f.config("[default]\n[profile production]\n");
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

TEST_CASE("a profile that is in a file, but does not count, is named with its place") {
  ConfigFixture f;
  f.config("[default]\n[prod]\n[profile b]\n");
  const Error error = f.error("prod");
  CHECK(error.message == "the profile \"prod\", asked for by the program, is left out at /home/ada/.aws/config:2");
  CHECK(error.hint == "in the config file its line is [profile NAME]");
}

TEST_CASE("files that cannot be read or parsed are errors, not silence") {
  ConfigFixture f;
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

TEST_CASE("variants of endpoints come from variables, then from the profile") {
  ConfigFixture f;
  CHECK_FALSE(f.load().s3_fips.value);
  CHECK_FALSE(f.load().s3_dual_stack.value);
  f.config("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = True\n");
  CHECK(f.load().s3_fips.is_on());
  CHECK(f.load().s3_fips.source == "profile \"default\"");
  CHECK(f.load().s3_dual_stack.is_on());
  f.variables["AWS_USE_FIPS_ENDPOINT"] = "FALSE";
  f.variables["AWS_USE_DUALSTACK_ENDPOINT"] = "false";
  CHECK(f.load().s3_fips.value == false);
  CHECK(f.load().s3_fips.source == "AWS_USE_FIPS_ENDPOINT");
  CHECK(f.load().s3_fips.source_if_on().empty());
  CHECK(f.load().s3_dual_stack.value == false);
}

TEST_CASE("the profile's s3 group says how S3 is addressed") {
  ConfigFixture f;
  f.config(
      "[default]\nuse_dualstack_endpoint = false\ns3 =\n  addressing_style = path\n  use_accelerate_endpoint = true\n"
      "  use_dualstack_endpoint = true\n  us_east_1_regional_endpoint = legacy\n");
  CHECK(f.load().s3_addressing_style.value == "path");
  CHECK(f.load().s3_accelerate.is_on());
  CHECK(f.load().s3_dual_stack.is_on());
  CHECK(f.load().s3_us_east_1.value == "legacy");
  f.variables["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"] = "regional";
  CHECK(f.load().s3_us_east_1.value == "regional");
  f.config("[default]\ns3 = path\ns3_us_east_1_regional_endpoint = legacy\n");
  f.variables.clear();
  f.variables["HOME"] = "/home/ada";
  CHECK(f.load().s3_addressing_style.value.empty());
  CHECK(f.load().s3_us_east_1.value == "legacy");
}

TEST_CASE("a word that is not known is refused: an endpoint that was asked for must not silently be another") {
  ConfigFixture f;
  f.variables["AWS_USE_FIPS_ENDPOINT"] = "yes";
  CHECK(f.error().code == ErrorCode::invalid_argument);
  CHECK(f.error().message == "\"yes\", configured in AWS_USE_FIPS_ENDPOINT, is neither true nor false");
  f.variables.erase("AWS_USE_FIPS_ENDPOINT");
  f.config("[default]\ns3 =\n  addressing_style = host\n");
  CHECK(f.error().message == "\"host\", configured in profile \"default\", is not known");
  CHECK(f.error().hint == "it is one of auto, path, virtual");
  f.config("[default]\ns3 =\n  use_accelerate_endpoint = on\n");
  CHECK(f.error().message == "\"on\", configured in profile \"default\", is neither true nor false");
  f.config("[default]\nignore_configured_endpoint_urls = 1\n");
  CHECK(f.error().message == "\"1\", configured in profile \"default\", is neither true nor false");
  f.config("[default]\ns3_us_east_1_regional_endpoint = global\n");
  CHECK(f.error().hint == "it is one of legacy, regional");
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
  // A bug fixed: AWS_SHARED_CREDENTIALS_FILE=/dev/null was told to be writable by everybody.
  CHECK(environment.file_mode("/dev/null") == std::nullopt);

  const auto not_a_file = environment.read_file(directory);
  REQUIRE_FALSE(not_a_file);
  CHECK(not_a_file.error().code == ErrorCode::io);
  const auto endless = environment.read_file("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message == "read /dev/zero: larger than 16777216 bytes");
  std::filesystem::remove_all(directory);
}
