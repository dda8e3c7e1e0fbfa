#pragma once

#include <cloudkit/error.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::codec {

struct XmlLimits {
  std::size_t max_size = std::size_t{16} << 20;
  std::size_t max_depth = 64;
  std::size_t max_nodes = 1'000'000;  ///< Elements, attributes and texts.
};

/// Reads a reply element by element, in one pass and without a tree, within bounds. It is the one place that knows what
/// is refused: `XmlDocument`, for replies in which one looks around, asks it first. Errors: as `XmlDocument::parse`.
class XmlReader {
 public:
  enum class Step { start, end, done, failed };

  /// `text` must outlive the reader and all that it returns.
  explicit XmlReader(std::string_view text, const XmlLimits& limits = {});
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  /// Goes to where the next element starts or ends; each has both. Not to be called after `done` or `failed`.
  Step next();
  /// Of the element that has just started or ended: its local name, and how deep it is, 1 for the root.
  std::string_view name() const noexcept { return open_.back().name.substr(open_.back().prefix); }
  std::size_t depth() const noexcept { return open_.size(); }
  /// Of the element that has just ended: the text and CDATA directly inside, as it was sent; spaces are kept, but for
  /// those between elements. Valid as long as the reader is.
  std::string_view text() const noexcept { return text_; }
  /// Of the element that has just started: the value of an attribute as it is written, or "".
  std::string_view attribute(std::string_view name) const noexcept;
  /// After `failed`.
  const Error& error() const noexcept { return *error_; }

  /// Without byte order marks and white space around it.
  std::string_view whole() const noexcept { return whole_; }
  /// Whether some text was in several pieces, or is only white space where others might overlook it.
  bool has_split_text() const noexcept { return has_split_text_; }

 private:
  struct Element {
    std::string_view name = {};      // With its prefix.
    std::size_t prefix = 0;          // How much of it that is.
    std::string_view text = {};      // The first piece.
    std::string* joined = nullptr;   // All pieces, when there are several.
    std::size_t pieces = 0;          // Of text, be they only white space.
    bool has_letters = false;        // A piece is more than white space.
    bool has_children = false;       // Elements.
    bool has_interruptions = false;  // Comments and the like.
  };

  Step fail(Error error);
  bool refuse(Error error);
  bool check_whole(std::size_t max_size);
  bool check_characters();
  bool check_odd_bytes(std::size_t from, std::size_t end);
  Step start_tag();
  bool attributes(std::size_t& at);
  Step end_tag();
  Step end_element();
  bool characters();
  bool aside();
  bool cdata();
  bool skip_past(std::string_view closing, std::size_t opening_length, std::string_view where);
  std::optional<std::string_view> decoded(std::string_view run, bool has_references);
  bool add_text(std::string_view piece, bool is_plain_blank);
  bool count_node() { return ++nodes_ <= limits_.max_nodes || refuse_nodes(); }
  bool refuse_nodes();
  bool cut_off_in_tag();

  std::string_view whole_;
  const XmlLimits limits_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  bool had_root_ = false;
  bool is_empty_element_ = false;  // It ends where it started.
  bool has_ended_ = false;         // The innermost element leaves with the next step.
  bool has_returns_ = false;       // CR, which is read as LF.
  bool has_split_text_ = false;
  std::vector<Element> open_;
  std::string_view text_;
  std::string_view attributes_;     // Of the element that has started last.
  std::string decoded_;             // Its room is reserved once, so that views of it stay.
  std::deque<std::string> joined_;  // The same, of each alone.
  std::optional<Error> error_;
};

}  // namespace cloudkit::inline v0::codec
