#pragma once

#include "codec/json_file.h"

#include <cloudkit/error.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Terraform's JSON syntax, as much of it as stacks take:
/// https://developer.hashicorp.com/terraform/language/syntax/json
namespace cloudkit::inline v0::terraform {

/// Where a value stands in its file. Copies share the way.
class Place {
 public:
  Place() = default;
  Place child(std::string step) const {
    Place place;
    place.step_ = std::make_shared<const Step>(Step{step_, std::move(step)});
    return place;
  }
  codec::JsonPath path() const;

 private:
  struct Step {
    std::shared_ptr<const Step> above;
    std::string name;
  };
  std::shared_ptr<const Step> step_;
};

/// A part of a text between quotes.
struct Piece {
  enum class Kind {
    text,
    variable,   ///< ${var.NAME}
    local,      ///< ${local.NAME}
    directory,  ///< ${path.module}
    file,       ///< ${file("PATH")}
    resource    ///< ${TYPE.NAME.ATTRIBUTE}
  };
  Kind kind = Kind::text;
  std::string text = {};  ///< Itself, or the name of a variable, a local value or a resource.
  std::string type = {};
  std::string attribute = {};
  std::vector<Piece> path = {};

  friend bool operator==(const Piece&, const Piece&) = default;
};
using Template = std::vector<Piece>;

struct Member;

struct Value {
  enum class Kind { null, boolean, number, text, list, map };

  // Out of line, where Member is known.
  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  Kind kind = Kind::null;
  bool truth = false;
  std::string number = {};  ///< In decimal, at its shortest.
  Template text = {};       ///< Texts side by side are one; none is empty.
  std::vector<Value> items;
  std::vector<Member> members;  ///< In order of their names.
  Place place = {};
  bool sensitive = false;  ///< Made of a variable that is.

  const Value* find(std::string_view name) const noexcept;
};

struct Member {
  std::string name;
  Value value;
};

/// "a text", "a list", …
std::string_view kind_name(Value::Kind kind) noexcept;

/// The file, for what has to be said about it.
struct Source {
  std::string_view text;
  std::string_view name;

  /// "main.tf.json:3:7: /resource/aws_instance: WHY"
  Error refuse(const Place& place, std::string_view why, std::string hint = {}) const;
};

}  // namespace cloudkit::inline v0::terraform
