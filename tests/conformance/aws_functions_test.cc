// The driver of AWS's functions against moto: functions themselves.
#include "support/functions_on_moto.h"

#include <algorithm>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using test::Account;
using test::calls;
using test::contains;
using test::package_of;
using test::spec_of;

TEST_CASE("a function is created, found, listed, changed and removed") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  Account account(*options, "ck-functions-life");
  const Function made = account.create();
  CHECK(made.name == account.name);
  CHECK(made.id.starts_with("arn:aws:lambda:us-west-2:"));
  CHECK(made.code_digest == "digest-of-one");

  auto found = account.driver->get(account.name, {}, {});
  REQUIRE_MESSAGE(found, found.error().to_string());
  CHECK(found->state == FunctionState::active);
  CHECK(found->code_digest == "digest-of-one");
  CHECK(found->spec.runtime == "python3.12");
  CHECK(found->spec.handler == "app.handler");
  CHECK(found->spec.description == "says hello");
  CHECK(found->spec.timeout == 30s);
  CHECK(found->spec.memory_mib == 256);
  CHECK(found->spec.environment == std::map<std::string, std::string>{{"GREETING", "hällo"}});
  CHECK(found->spec.tags == std::map<std::string, std::string>{{"team", "blue"}});
  CHECK(found->spec.architecture == Architecture::x86_64);
  CHECK_FALSE(found->spec.max_concurrency);
  CHECK(found->modified > std::chrono::system_clock::now() - 1h);
  // By its ARN, too: the path is signed encoded twice.
  CHECK(account.driver->get(made.id, {}, {}).value().name == account.name);

  const auto page = account.driver->list_page({}, {});
  REQUIRE(page);
  CHECK(std::any_of(page->functions.begin(), page->functions.end(),
                    [&](const Function& function) { return function.id == made.id; }));

  FunctionSpec changed = found->spec;
  CHECK(account.driver->update_code(changed, package_of("two"), {}).value().revision != made.revision);
  CHECK(account.driver->get(account.name, {}, {}).value().code_digest == "digest-of-two");
  changed.timeout = 60s;
  changed.environment = {{"OTHER", ""}};
  changed.tags = {{"owner", "ada"}};
  changed.max_concurrency = 3;
  REQUIRE(account.driver->update_config(changed, {}));
  found = account.driver->get(account.name, {}, {});
  CHECK(found->spec.timeout == 60s);
  CHECK(found->spec.environment == changed.environment);
  CHECK(found->spec.tags == changed.tags);
  CHECK(found->spec.max_concurrency == 3);
  CHECK(found->code_digest == "digest-of-two");
  changed.max_concurrency = std::nullopt;
  REQUIRE(account.driver->update_config(changed, {}));
  CHECK_FALSE(account.driver->get(account.name, {}, {}).value().spec.max_concurrency);

  CHECK(account.driver->create(changed, package_of("x"), {}).error().code == ErrorCode::already_exists);
  CHECK(account.driver->remove(account.name, {}));
  CHECK(account.driver->get(account.name, {}, {}).error().code == ErrorCode::not_found);
  CHECK(account.driver->remove(account.name, {}).error().code == ErrorCode::not_found);
}

TEST_CASE("the digest counts only for the code that it was written for") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  Account account(*options, "ck-functions-digest");
  account.create();
  FunctionPackage others = package_of("somebody else's");
  others.digest.clear();
  REQUIRE(account.driver->update_code(spec_of(account.name), others, {}));
  CHECK(account.driver->get(account.name, {}, {}).value().code_digest.empty());
}

TEST_CASE("a role that does not exist cannot be assumed, which is worth another try") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  Account account(*options, "ck-functions-no-role");
  FunctionSpec spec = spec_of(account.name);
  spec.identity = "arn:aws:iam::123456789012:role/ck-not-there";
  const auto made = account.driver->create(spec, package_of("x"), {});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::permission_denied);
  CHECK(made.error().retryable);
}

TEST_CASE("an identity is made once, mended, and removed only where it is ours") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  Account account(*options, "ck-functions-role");
  const std::string role = "cloudkit-ck-functions-role-us-west-2-exec";
  const auto made = account.driver->ensure_identity(account.name, {});
  REQUIRE_MESSAGE(made, made.error().to_string());
  CHECK(made->changed);
  CHECK(made->id.ends_with(":role/" + role));
  const auto again = account.driver->ensure_identity(account.name, {});
  REQUIRE(again);
  // It is some milliseconds old.
  CHECK(again->changed);
  CHECK(again->id == made->id);

  const std::string wrong =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
  calls(*services, "iam",
        {.action = "UpdateAssumeRolePolicy", .parameters = {{"RoleName", role}, {"PolicyDocument", wrong}}});
  CHECK(account.driver->ensure_identity(account.name, {}).value().changed);
  const auto trust = calls(*services, "iam", {.action = "GetRole", .parameters = {{"RoleName", role}}});
  CHECK(contains(trust, "lambda.amazonaws.com"));
  CHECK(account.driver->remove_identity(account.name, {}));
  CHECK(account.driver->remove_identity(account.name, {}));
  CHECK(contains(calls(*services, "iam", {.action = "GetRole", .parameters = {{"RoleName", role}}}), "NoSuchEntity"));

  // Somebody else's role of the same name.
  calls(*services, "iam",
        {.action = "CreateRole", .parameters = {{"RoleName", role}, {"AssumeRolePolicyDocument", wrong}}});
  CHECK(account.driver->ensure_identity(account.name, {}).error().code == ErrorCode::conflict);
  CHECK(account.driver->remove_identity(account.name, {}));
  CHECK(contains(calls(*services, "iam", {.action = "GetRole", .parameters = {{"RoleName", role}}}), "<Arn>"));
  calls(*services, "iam", {.action = "DeleteRole", .parameters = {{"RoleName", role}}});
}

TEST_CASE("versions and aliases") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  Account account(*options, "ck-functions-versions");
  account.create();
  const auto version = account.driver->publish(account.name, {});
  REQUIRE_MESSAGE(version, version.error().to_string());
  CHECK(*version == "1");
  CHECK(account.driver->set_alias(account.name, "live", "1", {}));
  REQUIRE(account.driver->update_code(spec_of(account.name), package_of("two"), {}));
  CHECK(account.driver->publish(account.name, {}).value() == "2");
  CHECK(account.driver->set_alias(account.name, "live", "2", {}));
  CHECK(account.driver->get(account.name, "1", {}).value().version == "1");
}
