#include "deploying.h"

// Others deploy, too, and services need time.
using namespace cloudkit;
using namespace cloudkit::test;

TEST_CASE("what another deployer began is waited for first") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::updating) << function(FunctionState::updating)
                        << function(FunctionState::active);
  REQUIRE(deploying.run());
  CHECK(deploying.driver.calls == Calls{"get hello", "get hello", "get hello", "ensure_identity hello"});
}

TEST_CASE("another deployer's update in progress is waited out") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.code_updates << busy() << busy() << busy() << function(FunctionState::updating);
  REQUIRE(deploying.run(package("d2")));
  CHECK(deploying.count("update_code hello") == 4);
  CHECK(deploying.time.waits == std::vector<long>{200, 400, 800});
}

TEST_CASE("but not beyond the limit") {
  Deploying deploying;
  deploying.options.wait_limit = std::chrono::seconds(20);
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.code_updates << busy();
  const auto deployed = deploying.run(package("d2"));
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::conflict);
  CHECK(deployed.error().retryable);
  CHECK(deployed.error().message == "an update is in progress (for 20 s)");
  CHECK(deployed.error().hint == "something else goes on with it all the time: see who deploys it");
  CHECK(deploying.waited() == 20);
}

TEST_CASE("a conflict that will not pass is not waited for") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.code_updates << Error(ErrorCode::conflict, "it is being deleted");
  const auto deployed = deploying.run(package("d2"));
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().message == "it is being deleted");
  CHECK(deploying.time.waits.empty());
}

TEST_CASE("an identity that was just made may be unknown for a while") {
  Deploying deploying;
  deploying.driver.identities = {};
  deploying.driver.identities << identity(true);
  deploying.driver.gets << no_function() << function(FunctionState::active);
  deploying.driver.creates << unknown_identity() << unknown_identity() << unknown_identity() << unknown_identity()
                           << unknown_identity() << function(FunctionState::pending);
  REQUIRE(deploying.run());
  CHECK(deploying.count("create hello") == 6);
  CHECK(deploying.time.waits == std::vector<long>{1000, 2000, 4000, 5000, 5000});
}

TEST_CASE("for a minute, since after that it is wrong and not late") {
  Deploying deploying;
  deploying.driver.identities = {};
  deploying.driver.identities << identity(true);
  deploying.driver.gets << no_function();
  deploying.driver.creates << unknown_identity();
  const auto deployed = deploying.run();
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::permission_denied);
  CHECK(deployed.error().message == "the role cannot be assumed (for 60 s)");
  CHECK(deployed.error().hint == "the identity was just made or mended and should be known by now: see whom it trusts");
  CHECK(deploying.waited() == 60);
}

TEST_CASE("an identity that was there before is refused at once") {
  for (const bool own : {true, false}) {
    Deploying deploying;
    if (own) deploying.spec.identity = "role/of-the-caller";
    deploying.driver.gets << no_function();
    deploying.driver.creates << unknown_identity();
    const auto deployed = deploying.run();
    REQUIRE_FALSE(deployed);
    CHECK(deployed.error().message == "the role cannot be assumed");
    CHECK(deploying.count("create hello") == 1);
    CHECK(deploying.time.waits.empty());
  }
}

TEST_CASE("a mended identity may be unknown to an update, too") {
  Deploying deploying;
  deploying.driver.identities = {};
  deploying.driver.identities << identity(true);
  deploying.spec.memory_mib = 512;
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.config_updates << unknown_identity() << busy() << function(FunctionState::updating);
  REQUIRE(deploying.run());
  CHECK(deploying.time.waits == std::vector<long>{1000, 200});
  CHECK(deploying.driver.sent.identity == "role/hello-exec");
}

TEST_CASE("whoever loses the race to deploy first goes on with an update") {
  Deploying deploying;
  // It is known to be there by then, and may be seen late.
  deploying.driver.gets << no_function() << no_function() << no_function() << function(FunctionState::pending)
                        << function(FunctionState::active);
  deploying.driver.creates << Error(ErrorCode::already_exists, "there is one");
  deploying.driver.code_updates << function(FunctionState::updating);
  REQUIRE(deploying.run(package("d2")));
  CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello", "create hello", "get hello", "get hello",
                                        "get hello", "get hello", "update_code hello", "get hello"});
}

TEST_CASE("a function that is removed meanwhile is made") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active) << no_function() << function(FunctionState::active);
  deploying.driver.code_updates << no_function();
  deploying.driver.creates << function(FunctionState::pending);
  REQUIRE(deploying.run(package("d2")));
  CHECK(deploying.driver.calls ==
        Calls{"get hello", "ensure_identity hello", "update_code hello", "get hello", "create hello", "get hello"});
}

TEST_CASE("two that remove and make it all the time do not keep us for ever") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::active);
  deploying.driver.code_updates << no_function();
  const auto deployed = deploying.run(package("d2"));
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().code == ErrorCode::not_found);
  CHECK(deploying.count("update_code hello") == 4);
}

TEST_CASE("a change whose reply was lost is looked for") {
  Error lost(ErrorCode::unavailable, "the connection broke");
  lost.may_have_happened = true;
  SUBCASE("it happened") {
    Deploying deploying;
    deploying.driver.gets << no_function() << function(FunctionState::active);
    deploying.driver.creates << lost;
    REQUIRE(deploying.run());
    CHECK(deploying.driver.calls == Calls{"get hello", "ensure_identity hello", "create hello", "get hello"});
  }
  SUBCASE("it did not") {
    Deploying deploying;
    deploying.driver.gets << no_function() << no_function() << function(FunctionState::active);
    deploying.driver.creates << lost << function(FunctionState::pending);
    REQUIRE(deploying.run());
    CHECK(deploying.count("create hello") == 2);
  }
}

TEST_CASE("that a change may have happened is told whatever ends the look for it") {
  const Context context = Context::cancellable();
  Error lost(ErrorCode::cancelled, "cancelled while the reply was awaited");
  lost.may_have_happened = true;
  Deploying deploying;
  deploying.options.context = context;
  SUBCASE("of a new function") {
    deploying.driver.gets << no_function() << Error(ErrorCode::cancelled, "cancelled");
    deploying.driver.creates << lost;
  }
  SUBCASE("of new code") {
    deploying.driver.gets << function(FunctionState::active) << Error(ErrorCode::cancelled, "cancelled");
    deploying.driver.code_updates << lost;
  }
  const auto deployed = deploying.run(package("d2"));
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().message == "cancelled");
  CHECK(deployed.error().may_have_happened);

  // What was never sent did not happen.
  Deploying refused;
  refused.driver.gets << Error(ErrorCode::cancelled, "cancelled");
  CHECK_FALSE(refused.run().error().may_have_happened);
}

TEST_CASE("one that is being deleted is waited for, and made again") {
  Deploying deploying;
  deploying.driver.gets << function(FunctionState::deleting) << function(FunctionState::deleting) << no_function()
                        << no_function() << function(FunctionState::active);
  deploying.driver.creates << function(FunctionState::pending);
  REQUIRE(deploying.run());
  CHECK(deploying.count("create hello") == 1);
}

TEST_CASE("a look that is refused for being one too many is made again") {
  Error throttled(ErrorCode::throttled, "slow down");
  throttled.retryable = true;
  Deploying deploying;
  deploying.driver.gets << throttled << no_function() << throttled << function(FunctionState::active);
  deploying.driver.creates << throttled << function(FunctionState::pending);
  REQUIRE(deploying.run());
  CHECK(deploying.count("create hello") == 2);
}
