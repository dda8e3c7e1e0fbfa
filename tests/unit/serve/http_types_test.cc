#include <cloudkit/serve.h>

#include <doctest/doctest.h>

using namespace cloudkit;

TEST_CASE("headers are found in any case, query values as they are; the first of a name counts") {
  HttpRequest request;
  request.headers = {{"x-one", "1"}, {"x-two", "2"}, {"x-one", "3"}};
  request.query = {{"Name", "a"}, {"name", "b"}, {"name", "c"}};
  CHECK(request.header("X-One") == "1");
  CHECK(request.header("x-three").empty());
  CHECK(request.query_value("name") == "b");
  CHECK(request.query_value("NAME").empty());
}
