#include "stack/attributes.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::stack;

TEST_CASE("rules are the same whatever their order, and however they are put together") {
  FirewallRule both;
  both.from = both.to = 22;
  both.cidrs = {"10.0.0.0/8", "2001:DB8::/32"};
  both.description = "ssh";
  FirewallRule one = both;
  one.cidrs = {"2001:db8::/32"};
  FirewallRule other = both;
  other.cidrs = {"10.0.0.0/8"};
  other.description = {};
  CHECK(rules_json({both}) == rules_json({one, other}));
  CHECK(rules_json({one}) == R"([{"cidr":"2001:db8::/32","direction":"inbound","from":22,"protocol":"tcp","to":22}])");
  CHECK(rules_json({}) == "[]");
}

TEST_CASE("secrets are digests that another state's cannot be compared with") {
  FunctionSpec spec;
  spec.name = "hello";
  spec.environment = {{"PASSWORD", "cktest-attributes-1"}};
  Secrets secrets;
  secrets.key = "lineage";
  const Attributes attributes = attributes_of(StackResource::Spec(spec), secrets, "abc");
  const std::string& password = attributes.at("environment.PASSWORD");
  CHECK(is_digest(password));
  CHECK(shown(password) == "(secret)");
  CHECK(attributes.at("name") == "\"hello\"");
  CHECK(attributes.at("code") == "\"abc\"");
  Secrets others;
  others.key = "another";
  CHECK(attributes_of(StackResource::Spec(spec), others, "abc").at("environment.PASSWORD") != password);
  CHECK(attributes_of(StackResource::Spec(spec), secrets, "abc") == attributes);
}

TEST_CASE(
    "other user data are a change also where they are compressed, and known later where they refer to something") {
  const auto user_data = [](const std::string& bytes) {
    InstanceSpec spec;
    spec.name = "a";
    spec.user_data = bytes;
    Secrets secrets;
    secrets.key = "lineage";
    return attributes_of(StackResource::Spec(spec), secrets, {}).at("user_data");
  };
  const std::string gzip = "\x1f\x8b\x08";
  CHECK(is_digest(user_data(gzip)));
  CHECK(user_data(gzip) == user_data(gzip));
  CHECK(user_data(gzip + '1') != user_data(gzip + '2'));
  CHECK_FALSE(is_known(user_data(gzip + unknown_mark())));
}

TEST_CASE("what is named a secret is one; what is known later is none yet") {
  InstanceSpec spec;
  spec.name = "a";
  spec.tags = {{"note", "cktest-attributes-2"}, {"team", "blue"}};
  spec.user_data = "x " + unknown_mark();
  Secrets secrets;
  secrets.names = {"tags.note", "name"};
  const Attributes attributes = attributes_of(StackResource::Spec(spec), secrets, {});
  CHECK(is_digest(attributes.at("tags.note")));
  CHECK(is_digest(attributes.at("name")));
  CHECK(attributes.at("tags.team") == "\"blue\"");
  CHECK(shown(attributes.at("user_data")) == "\"(known after apply)\"");
  CHECK_FALSE(is_known(attributes.at("user_data")));

  Attributes facts = {{"tags.note", "\"cktest-attributes-2\""}, {"type", "\"cktest-attributes-3\""}};
  conceal(facts, secrets, {{"type", secrets.digest("\"old\"")}});
  CHECK(facts.at("tags.note") == attributes.at("tags.note"));
  CHECK(is_digest(facts.at("type")));
}

TEST_CASE("words are words, and flags are flags") {
  FunctionSpec function;
  function.architecture = Architecture::arm64;
  const Attributes attributes = attributes_of(StackResource::Spec(function), {}, {});
  CHECK(attributes.at("architecture") == "\"arm64\"");
  CHECK(attributes.at("timeout") == "30");
  StackEndpoint endpoint;
  CHECK(attributes_of(StackResource::Spec(endpoint), {}, {}).at("kind") == "\"url\"");
  CHECK(attributes_of(StackResource::Spec(endpoint), {}, {}).at("is_public") == "false");
  CHECK(attributes_of(StackResource::Spec(BucketSpec{"b", true}), {}, {}).at("versioned") == "true");
}

TEST_CASE("which changes mean another thing") {
  CHECK(forces_replacement("instance", "image"));
  CHECK_FALSE(forces_replacement("instance", "tags.Name"));
  CHECK(forces_replacement("firewall", "description"));
  CHECK_FALSE(forces_replacement("firewall", "rules"));
  CHECK(forces_replacement("function", "name"));
  CHECK_FALSE(forces_replacement("function", "environment.A"));
  CHECK(forces_replacement("key", "public_key"));
  CHECK_FALSE(forces_replacement("endpoint", "is_public"));
  CHECK_FALSE(forces_replacement("schedule", "cron"));
  CHECK(forces_replacement("bucket", "versioned"));
  CHECK_FALSE(forces_replacement("bucket", "force_destroy"));
}
