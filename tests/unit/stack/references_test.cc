#include "stack/references.h"

#include <cloudkit/stack.h>
#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::stack;

namespace {

std::string filled(std::string_view text) {
  return substitute(text, [](const Reference& each) -> Result<std::string> { return '<' + each.text() + '>'; }).value();
}

}  // namespace

TEST_CASE("references are found in the midst of texts") {
  const auto found = references_in("a {{firewall.web-1.id}} b {{instance.W_2.public_ip}}");
  REQUIRE(found.size() == 2);
  CHECK(found[0].address() == "firewall.web-1");
  CHECK(found[0].output == "id");
  CHECK(found[1].text() == "{{instance.W_2.public_ip}}");
  CHECK(filled("a {{key.k.name}}{{key.k.name}}") == "a <{{key.k.name}}><{{key.k.name}}>");
}

TEST_CASE("other braces are text") {
  for (const char* text : {"", "{{", "{{}}", "{{.Names}}", "{{ a.b.c }}", "{{a.b}}", "{{a.b.c", "{a.b.c}", "{{A.b.c}}",
                           "{{a.1b.c}}", "{{a.b.C}}", "{{a.b..c}}", "{{..}}", "{{a\n.b.c}}"}) {
    CAPTURE(text);
    CHECK(references_in(text).empty());
    CHECK(filled(text) == text);
  }
  CHECK(filled("{{{a.b.c}}}") == "{<{{a.b.c}}>}");
}

TEST_CASE("four braces stand for two, before what would be a reference only") {
  CHECK(filled("{{{{a.b.c}}") == "{{a.b.c}}");
  CHECK(filled("{{{{a.b.c}}}}") == "{{a.b.c}}}}");
  CHECK(filled("{{{{ raw }}}}") == "{{{{ raw }}}}");
}

TEST_CASE("stack_literal keeps any text as it is") {
  for (const char* text :
       {"", "plain", "{{a.b.c}}", "{{{{a.b.c}}", "{{{{{{a.b.c}}", "x{{a.b.c}}y{{.Names}}", "{{{a.b.c}}}"}) {
    CAPTURE(text);
    CHECK(references_in(stack_literal(text)).empty());
    CHECK(filled(stack_literal(text)) == text);
  }
}

TEST_CASE("the first error ends a substitution") {
  int asked = 0;
  const auto result = substitute("{{a.b.c}}{{a.b.d}}", [&](const Reference&) -> Result<std::string> {
    ++asked;
    return Error(ErrorCode::not_found, "no");
  });
  CHECK_FALSE(result.has_value());
  CHECK(asked == 1);
}
