#include "stack/terraform/template.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using terraform::Piece;

namespace {

terraform::Template read(std::string_view text) {
  auto pieces = terraform::parse_template(text);
  REQUIRE_MESSAGE(pieces.has_value(), pieces.error().message);
  return *pieces;
}
std::string template_problem(std::string_view text) {
  const auto pieces = terraform::parse_template(text);
  if (pieces) return "no error";
  CHECK(pieces.error().code == ErrorCode::invalid_argument);
  CHECK(pieces.error().hint != "");
  return pieces.error().message;
}

}  // namespace

TEST_CASE("a text is cut where something stands for something else") {
  CHECK(read("").empty());
  CHECK(read("plain $ % { }") == terraform::Template{{Piece::Kind::text, "plain $ % { }"}});
  CHECK(read("a-${var.env}-${local.b_1}") == terraform::Template{{Piece::Kind::text, "a-"},
                                                                 {Piece::Kind::variable, "env"},
                                                                 {Piece::Kind::text, "-"},
                                                                 {Piece::Kind::local, "b_1"}});
  CHECK(read("${ aws_security_group.web-1.id }") ==
        terraform::Template{{Piece::Kind::resource, "web-1", "aws_security_group", "id"}});
  CHECK(read("${path.module}/x") == terraform::Template{{Piece::Kind::directory}, {Piece::Kind::text, "/x"}});
}

TEST_CASE("a file's path is a text of its own") {
  const auto pieces = read(R"(${file("${path.module}/a \"b\".sh")})");
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].kind == Piece::Kind::file);
  CHECK(pieces[0].path == terraform::Template{{Piece::Kind::directory}, {Piece::Kind::text, "/a \"b\".sh"}});
}

TEST_CASE("two signs stand for one, and nothing is replaced there") {
  CHECK(read("$${var.x} %%{if} $$ %%") == terraform::Template{{Piece::Kind::text, "${var.x} %{if} $$ %%"}});
  for (const char* text : {"", "$", "${", "%{", "$${", "%%%{", "a${b}%{c}", "$%{", "{{x}}"}) {
    const std::string escaped = terraform::escape_template(text);
    CAPTURE(escaped);
    const auto pieces = read(escaped);
    CHECK(pieces.size() == (*text == '\0' ? 0 : 1));
    for (const Piece& piece : pieces) CHECK(piece.text == text);
  }
}

TEST_CASE("what is not taken is named") {
  CHECK(template_problem("${") == "what stands behind \"${\" is no reference");
  CHECK(template_problem("${}") == "what stands behind \"${\" is no reference");
  CHECK(template_problem("${1 + 2}") == "what stands behind \"${\" is no reference");
  CHECK(template_problem("${var.a") == "a \"${\" has no \"}\"");
  CHECK(template_problem("${var.a + 1}") == "\"+\" behind a reference is not taken");
  CHECK(template_problem("${var.a ? 1 : 2}") == "\"?\" behind a reference is not taken");
  CHECK(template_problem("${var.a[0]}") == "an index, var[…], is not taken");
  CHECK(template_problem("${var}") == "\"var\" is no var.NAME");
  CHECK(template_problem("${var.a.b}") == "\"var.a.b\" is no var.NAME");
  CHECK(template_problem("${var.}") == "var. is followed by a point, and no name");
  CHECK(template_problem("${data.aws_ami.x.id}") == "\"data.aws_ami.x.id\" is not taken");
  CHECK(template_problem("${each.key}") == "\"each.key\" is not taken");
  CHECK(template_problem("${path.cwd}") == "\"path.cwd\" is not taken");
  CHECK(template_problem("${aws_instance.web}") == "\"aws_instance.web\" is no TYPE.NAME.ATTRIBUTE");
  CHECK(template_problem("${upper(var.a)}") == "the function upper() is not taken here");
  CHECK(template_problem("${file(var.a)}") == "file() takes one path between quotes");
  CHECK(template_problem("${file(\"a\", 1)}") == "file() takes one path between quotes");
  CHECK(template_problem("${file(\"a") == "a path has no quote at its end");
  CHECK(template_problem("${file(\"\\n\")}") == "of escapes a path takes \\\" and \\\\ only");
  CHECK(template_problem("%{ if true }x%{ endif }") == "a directive, \"%{\", is not taken");
}
