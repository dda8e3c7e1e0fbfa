#include "core/form.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a query is read in order, with what comes twice") {
  CHECK(core::parse_form("").empty());
  CHECK(core::parse_form("b=1&a=2&b=3") == Pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}});
  CHECK(core::parse_form("a%3Db=c%26d+e") == Pairs{{"a=b", "c&d e"}});
}

TEST_CASE("whatever stands in a query is something") {
  CHECK(core::parse_form("a&=b&&c=d=e&") == Pairs{{"a", ""}, {"", "b"}, {"c", "d=e"}});
  CHECK(core::parse_form("%=%4&%zz=+") == Pairs{{"%", "%4"}, {"%zz", " "}});
}

TEST_CASE("a form that is written reads back the same") {
  CHECK(core::write_form({}).empty());
  const Pairs pairs = {{"grant_type", "urn:ietf:params:oauth"}, {"a=b", "c&d e+%"}, {"", ""}};
  CHECK(core::write_form(pairs) == "grant_type=urn%3Aietf%3Aparams%3Aoauth&a%3Db=c%26d%20e%2B%25&=");
  CHECK(core::parse_form(core::write_form(pairs)) == pairs);
}
