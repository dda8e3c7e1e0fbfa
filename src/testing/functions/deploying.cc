#include "testing/functions/suite.h"

#include <algorithm>

/// What deploying makes of a function, and what getting and listing say of it.
namespace cloudkit::inline v0::testing::functions {
namespace {

using std::chrono::seconds;

void deploy_then_invoke_echo(const FunctionCase& c) {
  const Function deployed = c.deploy(c.spec("behaviour.echo"));
  c.expect(!deployed.id.empty(), "a function has an id");
  c.expect(!deployed.revision.empty(), "a function has a revision");
  c.expect_equal(c.call(deployed.name, R"({"a":[1,null]})"), R"({"a":[1,null]})", "what the echo answers");
  const InvokeResult result = c.expect_ok(c.runtime().invoke(deployed.name, "1"), "calling it");
  c.expect(!result.request_id.empty(), "a call has a request id");
  c.expect_equal(c.expect_ok(c.runtime().get(deployed.id), "getting it by its id").name, deployed.name,
                 "the name of what is found by the id");
}

void deploy_twice_same_code_is_unchanged(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.echo");
  spec.environment["MODE"] = "a";
  spec.tags["team"] = "conformance";
  const Function first = c.deploy(spec);
  const Function second = c.deploy(spec);
  c.expect_equal(second.revision, first.revision, "the revision after deploying the same again");
  c.expect(second.modified == first.modified, "deploying the same again should modify nothing");
}

void deploy_changed_code_updates_and_waits(const FunctionCase& c) {
  const Function first = c.deploy(c.spec("behaviour.revision", 1));
  c.expect_equal(c.call(first.name), "1", "what the first code answers");
  const Function second = c.deploy(c.spec("behaviour.revision", 2));
  c.expect(second.revision != first.revision, "other code should have another revision than " + show(first.revision));
  c.expect_equal(second.id, first.id, "the id after an update");
  c.expect_equal(c.call(first.name), "2", "what the second code answers");
}

void deploy_changed_config_only(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.echo");
  const Function first = c.deploy(spec);
  spec.description = "changed";
  spec.timeout = seconds(17);
  spec.memory_mib = 384;
  spec.tags["team"] = "changed";
  const Function second = c.deploy(spec);
  c.expect_equal(second.revision, first.revision, "the revision after a change of the configuration");
  c.expect_equal(second.spec.description, "changed", "the description");
  c.expect_equal(second.spec.timeout.count(), seconds::rep{17}, "the timeout");
  c.expect_equal(second.spec.memory_mib, 384, "the memory");
  c.expect(second.spec.tags == spec.tags, "the tags should be those that were deployed");
  c.expect_equal(c.call(first.name, "1"), "1", "what the changed function answers");
}

void environment_replaced_not_merged(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.env");
  spec.environment = {{"FIRST", "1"}, {"SECOND", "two words, \xC3\xA4"}};
  c.deploy(spec);
  c.expect_equal(c.call(spec.name, json("FIRST")), json("1"), "a variable");
  c.expect_equal(c.call(spec.name, json("SECOND")), json("two words, \xC3\xA4"),
                 "a variable with spaces and an umlaut");
  spec.environment = {{"SECOND", "2"}};
  const Function second = c.deploy(spec);
  c.expect(second.spec.environment == spec.environment, "the environment should be the one that was deployed");
  c.expect_equal(c.call(spec.name, json("SECOND")), json("2"), "a variable that was changed");
  c.expect_equal(c.call(spec.name, json("FIRST")), "null", "a variable that was left out");
}

void get_missing_is_not_found(const FunctionCase& c) {
  const std::string name = c.function("none");
  const Error error = c.expect_error(c.runtime().get(name), ErrorCode::not_found, "getting a missing function");
  c.expect(error.to_string().find(name) != std::string::npos, "the error should name the function: " + show(error));
  c.expect_equal(error.operation, "get", "the operation that the error names");
  c.expect_error(c.runtime().invoke(name), ErrorCode::not_found, "calling a missing function");
  InvokeOptions async;
  async.mode = InvokeMode::async;
  c.expect_error(c.runtime().invoke(name, "{}", async), ErrorCode::not_found, "calling a missing function async");
  c.expect_error(c.runtime().wait_until(name, FunctionState::active), ErrorCode::not_found,
                 "waiting for a missing function");
}

void remove_missing_is_ok(const FunctionCase& c) {
  const std::string name = c.function("none");
  c.expect_ok(c.runtime().remove(name), "removing a missing function");
  c.expect_ok(c.runtime().remove(name, {.cascade = true}), "removing a missing function and all it has");
}

void remove_then_get_not_found_then_redeploy(const FunctionCase& c) {
  const FunctionSpec spec = c.spec("behaviour.echo");
  c.deploy(spec);
  c.expect_ok(c.runtime().remove(spec.name), "removing a function");
  c.expect(c.soon([&] { return !c.runtime().get(spec.name); }), "a removed function should be gone");
  c.expect_error(c.runtime().get(spec.name), ErrorCode::not_found, "getting a removed function");
  c.expect_error(c.runtime().invoke(spec.name), ErrorCode::not_found, "calling a removed function");
  c.deploy(spec);
  c.expect_equal(c.call(spec.name, "1"), "1", "what the function answers after it was deployed again");
}

void list_pages_55(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.echo");
  std::vector<std::string> expected;
  for (int i = 0; i < c.scale(55, 3); ++i) {
    spec.name = c.function("page-" + std::to_string(100 + i));
    expected.push_back(spec.name);
    c.deploy(spec);
  }
  std::vector<std::string> listed;
  for (const Function& function : c.expect_ok(c.runtime().list(), "listing functions")) {
    if (function.name.starts_with(c.harness().function_prefix + "page-")) listed.push_back(function.name);
  }
  std::sort(listed.begin(), listed.end());
  c.expect_equal(listed, expected, "the functions that are listed, every name once");
}

void invalid_names_rejected_before_io(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.echo");
  for (const char* name : {"", "A", "1a", "-a", "a-", "a_b", "a.b", "a b", "a/b", "..", "\xC3\xA4",
                           "a123456789-123456789-123456789-123456789-123456789"}) {
    spec.name = name;
    c.expect_error(c.runtime().deploy(spec), ErrorCode::invalid_argument, "deploying the name " + show(name));
  }
  for (const char* name : {"", "a b", "../a", "a?b", "a#b", "a\nb"}) {
    c.expect_error(c.runtime().get(name), ErrorCode::invalid_argument, "getting the name " + show(name));
    c.expect_error(c.runtime().invoke(name), ErrorCode::invalid_argument, "calling the name " + show(name));
    c.expect_error(c.runtime().remove(name), ErrorCode::invalid_argument, "removing the name " + show(name));
  }
  // Who means one version must not lose the function.
  const Function whole = c.deploy(c.spec("behaviour.echo"));
  for (const std::string& part : {whole.name + ":1", whole.name + ":live", whole.id + ":1", whole.id + ":$LATEST"}) {
    c.expect_error(c.runtime().remove(part), ErrorCode::invalid_argument, "removing " + show(part));
    c.expect_error(c.runtime().remove(part, {.cascade = true}), ErrorCode::invalid_argument,
                   "removing " + show(part) + " and all it has");
    c.expect_error(c.runtime().publish(part), ErrorCode::invalid_argument, "publishing " + show(part));
  }
  c.expect_equal(c.call(whole.name, "1"), "1", "what the function answers after all that");
}

constexpr FunctionCaseEntry kDeployCases[] = {
    {"deploy_then_invoke_echo", deploy_then_invoke_echo},
    {"deploy_twice_same_code_is_unchanged", deploy_twice_same_code_is_unchanged},
    {"deploy_changed_code_updates_and_waits", deploy_changed_code_updates_and_waits},
    {"deploy_changed_config_only", deploy_changed_config_only},
    {"environment_replaced_not_merged", environment_replaced_not_merged},
    {"get_missing_is_not_found", get_missing_is_not_found},
    {"remove_missing_is_ok", remove_missing_is_ok},
    {"remove_then_get_not_found_then_redeploy", remove_then_get_not_found_then_redeploy},
    {"list_pages_55", list_pages_55},
    {"invalid_names_rejected_before_io", invalid_names_rejected_before_io},
};

}  // namespace

FunctionCaseList deploy_cases() { return kDeployCases; }

}  // namespace cloudkit::inline v0::testing::functions
