#include "deploying.h"

using namespace cloudkit;
using namespace cloudkit::test;

TEST_CASE("a new function gets its identity, is made, and is waited for") {
  Deploying deploying;
  deploying.driver.gets << no_function() << function(FunctionState::pending) << function(FunctionState::pending)
                        << function(FunctionState::pending) << function(FunctionState::pending)
                        << function(FunctionState::pending) << function(FunctionState::active);
  deploying.driver.creates << function(FunctionState::pending);
  const auto deployed = deploying.run();
  REQUIRE(deployed);
  CHECK(deployed->state == FunctionState::active);
  CHECK(deploying.driver.sent.identity == "role/hello-exec");
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello", "create hello", "get hello", "get hello",
                                        "get hello", "get hello", "get hello", "get hello"});
  CHECK(deploying.time.waits == std::vector<long>{200, 400, 800, 1600, 2000});
}

TEST_CASE("equal code and configuration change nothing") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active);
  REQUIRE(deploying.run());
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello"});
  CHECK(deploying.time.waits.empty());

  SUBCASE("and an identity of the caller's own is not looked for") {
    deploying.driver.calls.clear();
    deploying.spec.identity = "role/hello-exec";
    REQUIRE(deploying.run());
    CHECK(deploying.driver.calls == Calls{"get hello"});
  }
  SUBCASE("nor is one where there are none") {
    deploying.driver.calls.clear();
    deploying.driver.able.identities = false;
    REQUIRE(deploying.run());
    CHECK(deploying.driver.calls == Calls{"get hello"});
  }
  SUBCASE("an inactive function is as good as an active one") {
    Deploying sleeping;
    sleeping.driver.gets << function(FunctionState::inactive);
    REQUIRE(sleeping.run());
    CHECK(sleeping.driver.calls == Calls{"get hello", "ensure_identity hello"});
  }
}

TEST_CASE("changed code is sent and waited for, and the configuration left alone") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active) << function(FunctionState::updating)
                        << function(FunctionState::active);
  deploying.driver.code_updates << function(FunctionState::updating);
  REQUIRE(deploying.run(package("d2")));
  CHECK(deploying.driver.calls ==
        Calls{"get hello", "ensure_identity hello", "update_code hello", "get hello", "get hello"});
}

TEST_CASE("code whose digest nobody knows is sent") {
  Deploying deploying;
  Function foreign = function(FunctionState::active);
  foreign.code_digest.clear();
  deploying.driver.gets << foreign << function(FunctionState::active);
  deploying.driver.code_updates << function(FunctionState::updating);
  REQUIRE(deploying.run(package("")));
  CHECK(deploying.count("update_code hello") == 1);
}

TEST_CASE("another architecture is other code") {
  Deploying deploying;
  deploying.spec.architecture = Architecture::arm64;
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.code_updates << function(FunctionState::updating);
  REQUIRE(deploying.run());
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello", "update_code hello", "get hello"});
}

TEST_CASE("each member of the configuration is compared") {
  using Change = void (*)(FunctionSpec&);
  const Change changes[] = {
      [](FunctionSpec& spec) { spec.runtime = "python3.12"; },
      [](FunctionSpec& spec) { spec.handler = "app.handler"; },
      [](FunctionSpec& spec) { spec.description = "new"; },
      [](FunctionSpec& spec) { spec.timeout = std::chrono::seconds(31); },
      [](FunctionSpec& spec) { spec.memory_mib = 512; },
      [](FunctionSpec& spec) { spec.scratch_mib = 1024; },
      [](FunctionSpec& spec) { spec.environment["MODE"] = "b"; },
      [](FunctionSpec& spec) { spec.tags["team"] = "b"; },
      [](FunctionSpec& spec) { spec.identity = "role/other"; },
      [](FunctionSpec& spec) { spec.max_concurrency = 0; },
  };
  for (const Change change : changes) {
    Deploying deploying;
    change(deploying.spec);
    deploying.driver.gets << function(FunctionState::active);
    deploying.driver.config_updates << function(FunctionState::updating);
    REQUIRE(deploying.run());
    CHECK(deploying.count("update_config hello") == 1);
    CHECK(deploying.count("update_code hello") == 0);
    CHECK(deploying.driver.calls.back() == "get hello");
  }
}

TEST_CASE("a native function is as it was in whatever words the service tells so") {
  using Words = std::pair<const char*, const char*>;
  for (const auto& [runtime, handler] : {Words("native", ""), Words("native", "bootstrap"),
                                         Words("provided.al2023", ""), Words("provided.al2023", "bootstrap")}) {
    for (const char* wanted : {"native", "provided.al2023"}) {
      Deploying deploying;
      deploying.spec.runtime = wanted;
      Function present = function(FunctionState::active);
      present.spec.runtime = runtime;
      present.spec.handler = handler;
      deploying.driver.gets << present;
      REQUIRE(deploying.run());
      CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello"});
    }
  }
  Deploying older;
  older.spec.runtime = "provided.al2";
  older.driver.gets << function(FunctionState::active);
  older.driver.config_updates << function(FunctionState::updating);
  REQUIRE(older.run());
  CHECK(older.count("update_config hello") == 1);
}

TEST_CASE("the code's update ends before the configuration's begins") {
  Deploying deploying;
  deploying.spec.memory_mib = 1024;
  deploying.driver.gets << function(FunctionState::active) << function(FunctionState::updating)
                        << function(FunctionState::active) << function(FunctionState::updating)
                        << function(FunctionState::active);
  deploying.driver.code_updates << function(FunctionState::updating);
  deploying.driver.config_updates << function(FunctionState::updating);
  REQUIRE(deploying.run(package("d2")));
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello", "update_code hello", "get hello",
                                        "get hello", "update_config hello", "get hello", "get hello"});
}

TEST_CASE("a function that was just made may be seen late") {
  Deploying deploying;
  deploying.driver.gets << no_function() << no_function() << no_function() << function(FunctionState::active);
  deploying.driver.creates << function(FunctionState::pending);
  REQUIRE(deploying.run());
  CHECK(deploying.time.waits == std::vector<long>{200, 400});
}

TEST_CASE("a function that fails says why") {
  Deploying deploying;
  deploying.driver.gets << no_function() << function(FunctionState::pending)
                        << function(FunctionState::failed, "ImageAccessDenied");
  deploying.driver.creates << function(FunctionState::pending);
  const auto deployed = deploying.run();
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::conflict);
  CHECK(deployed.error().message == "it failed: ImageAccessDenied");
  CHECK(deployed.error().hint == "deploy it again with what was wrong mended, or remove it");
}

TEST_CASE("what failed is deployed anew, even with the same code") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::failed) << function(FunctionState::active);
  deploying.driver.code_updates << function(FunctionState::updating);
  REQUIRE(deploying.run());
  CHECK(deploying.count("update_code hello") == 1);
}

TEST_CASE("what never becomes active is a timeout that names the last state") {
  Deploying deploying;
  deploying.options.wait_limit = std::chrono::seconds(30);
  deploying.driver.gets << no_function() << function(FunctionState::pending, "Creating");
  deploying.driver.creates << function(FunctionState::pending);
  const auto deployed = deploying.run();
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::timeout);
  CHECK(deployed.error().message == "after 30 s it still is pending: Creating");
  CHECK(deployed.error().hint == "wait_until waits on; wait_limit says for how long");
  CHECK(deploying.waited() == 30);
}

TEST_CASE("a wait ends with the context, and says what it was for") {
  Deploying deploying;
  deploying.options.context = Context::cancellable();
  deploying.time.on_wait = [&] { deploying.options.context.cancel(); };
  SUBCASE("for a state") {
    deploying.driver.gets << no_function() << function(FunctionState::pending);
    deploying.driver.creates << function(FunctionState::pending);
    const auto deployed = deploying.run();
    REQUIRE_FALSE(deployed);
    CHECK(deployed.error().code == ErrorCode::cancelled);
    CHECK(deployed.error().message.ends_with(", while waiting: it is pending"));
  }
  SUBCASE("for another deployer") {
    deploying.driver.gets << function(FunctionState::active);
    deploying.driver.code_updates << busy();
    const auto deployed = deploying.run(package("d2"));
    REQUIRE_FALSE(deployed);
    CHECK(deployed.error().code == ErrorCode::cancelled);
    CHECK(deployed.error().message.ends_with(", while waiting: an update is in progress"));
  }
}

TEST_CASE("any other error ends it as it is") {
  const Error denied(ErrorCode::permission_denied, "not allowed to iam:CreateRole");
  Deploying deploying;
  deploying.driver.gets << no_function();
  deploying.driver.identities = {};
  deploying.driver.identities << denied;
  const auto deployed = deploying.run();
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().message == "not allowed to iam:CreateRole");
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello"});
}
