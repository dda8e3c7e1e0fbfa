#include "stack/terraform/template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check_text.h"
#include "core/fail.h"

namespace cloudkit::inline v0::terraform {
namespace {

constexpr std::string_view kTaken =
    "taken are ${TYPE.NAME.ATTRIBUTE}, ${var.NAME}, ${local.NAME}, ${path.module} and ${file(\"PATH\")}; \"$${\" is "
    "the "
    "text \"${\"";

Error not_taken(std::string_view what) { return core::invalid_argument(std::string(what), std::string(kTaken)); }

// One expression, from behind its "${" to before its "}".
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::size_t at() const { return at_; }

  Result<Piece> parse(bool in_file) {
    skip_blanks();
    const std::string first = identifier();
    if (first.empty()) return not_taken("what stands behind \"${\" is no reference");
    auto piece = peek() == '(' ? call(first, in_file) : reference(first);
    if (!piece) return piece;
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      return piece;
    }
    if (at_ >= text_.size()) return not_taken("a \"${\" has no \"}\"");
    if (peek() == '[') return not_taken(fmt::format("an index, {}[…], is not taken", first));
    return not_taken(fmt::format("{} behind a reference is not taken", core::in_quotes(text_.substr(at_, 1))));
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++at_;
  }
  std::string identifier() {
    const std::size_t begin = at_;
    if (core::is_letter(peek()) || peek() == '_') {
      while (core::is_alphanumeric(peek()) || peek() == '_' || peek() == '-') ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<Piece> reference(const std::string& first) {
    std::vector<std::string> steps = {first};
    while (peek() == '.') {
      ++at_;
      steps.push_back(identifier());
      if (steps.back().empty()) return not_taken(fmt::format("{} is followed by a point, and no name", shown(steps)));
    }
    if (first == "var" || first == "local") {
      if (steps.size() != 2) return not_taken(fmt::format("{} is no {}.NAME", core::in_quotes(shown(steps)), first));
      return Piece{first == "var" ? Piece::Kind::variable : Piece::Kind::local, steps[1]};
    }
    if (first == "path") {
      if (steps.size() == 2 && (steps[1] == "module" || steps[1] == "root")) return Piece{Piece::Kind::directory};
      return not_taken(fmt::format("{} is not taken", core::in_quotes(shown(steps))));
    }
    for (const char* other : {"data", "module", "each", "count", "self", "terraform"}) {
      if (first == other) return not_taken(fmt::format("{} is not taken", core::in_quotes(shown(steps))));
    }
    if (steps.size() != 3) return not_taken(fmt::format("{} is no TYPE.NAME.ATTRIBUTE", core::in_quotes(shown(steps))));
    return Piece{Piece::Kind::resource, steps[1], steps[0], steps[2]};
  }

  static std::string shown(const std::vector<std::string>& steps) { return fmt::format("{}", fmt::join(steps, ".")); }

  Result<Piece> call(const std::string& function, bool in_file) {
    if (function != "file" || in_file) return not_taken(fmt::format("the function {}() is not taken here", function));
    ++at_;
    skip_blanks();
    auto argument = quoted_text();
    if (!argument) return std::move(argument).error();
    skip_blanks();
    if (peek() != ')') return not_taken("file() takes one path between quotes");
    ++at_;
    auto path = parse_path(*argument);
    if (!path) return std::move(path).error();
    Piece piece{Piece::Kind::file};
    piece.path = *std::move(path);
    return piece;
  }

  Result<std::string> quoted_text() {
    if (peek() != '"') return not_taken("file() takes one path between quotes");
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return text;
      }
      if (c != '\\') {
        text += c;
        continue;
      }
      ++at_;
      if (peek() != '"' && peek() != '\\') return not_taken("of escapes a path takes \\\" and \\\\ only");
      text += peek();
    }
    return not_taken("a path has no quote at its end");
  }

  static Result<Template> parse_path(std::string_view text);

  const std::string_view text_;
  std::size_t at_;
};

Result<Template> parse_pieces(std::string_view text, bool in_file) {
  Template pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("$${") || rest.starts_with("%%{")) {
      append_text(pieces, rest.substr(1, 2));
      at += 3;
    } else if (rest.starts_with("%{")) {
      return core::invalid_argument("a directive, \"%{\", is not taken", "\"%%{\" is the text \"%{\"");
    } else if (rest.starts_with("${")) {
      ExpressionParser expression(text, at + 2);
      auto piece = expression.parse(in_file);
      if (!piece) return std::move(piece).error();
      pieces.push_back(*std::move(piece));
      at = expression.at();
    } else {
      const std::size_t end = std::min(text.find_first_of("$%", at + 1), text.size());
      append_text(pieces, text.substr(at, end - at));
      at = end;
    }
  }
  return pieces;
}

Result<Template> ExpressionParser::parse_path(std::string_view text) { return parse_pieces(text, true); }

}  // namespace

Result<Template> parse_template(std::string_view text) { return parse_pieces(text, false); }

void append_text(Template& pieces, std::string_view text) {
  if (text.empty()) return;
  if (pieces.empty() || pieces.back().kind != Piece::Kind::text) pieces.push_back({});
  pieces.back().text += text;
}

std::string escape_template(std::string_view text) {
  std::string escaped;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((text[at] == '$' || text[at] == '%') && text.substr(at + 1).starts_with('{')) escaped += text[at];
    escaped += text[at];
  }
  return escaped;
}

}  // namespace cloudkit::inline v0::terraform
