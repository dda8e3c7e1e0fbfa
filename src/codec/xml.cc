#include "codec/xml.h"

#include <fmt/format.h>

#include <iterator>
#include <pugixml.hpp>
#include <utility>

#include "codec/xml_reader.h"
#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {
namespace {

pugi::xml_node to_pugi(void* handle) noexcept { return pugi::xml_node(static_cast<pugi::xml_node_struct*>(handle)); }

bool is_text(pugi::xml_node node) noexcept {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

pugi::xml_node first_element(pugi::xml_node node) noexcept {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

std::string_view local_name(pugi::xml_node node) noexcept {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

// Puts all of an element's text into its first piece. White space between elements is layout.
void join_text(pugi::xml_node element) {
  std::string joined;
  pugi::xml_node first;
  for (pugi::xml_node child : element.children()) {
    if (!is_text(child)) continue;
    joined += child.value();
    if (!first) {
      first = child;
    } else {
      child.set_value("");
    }
  }
  if (!first) return;
  if (first_element(element.first_child()) && core::trim(joined).empty()) joined.clear();
  first.set_value(joined.c_str());
}

// In document order, by the tree's own links: no recursion.
void join_text_everywhere(pugi::xml_node root) {
  pugi::xml_node node = root;
  while (node) {
    join_text(node);
    pugi::xml_node next = first_element(node.first_child());
    while (!next && node != root) {
      next = first_element(node.next_sibling());
      node = node.parent();
    }
    node = next;
  }
}

}  // namespace

std::string_view XmlNode::name() const noexcept { return local_name(to_pugi(handle_)); }
std::string_view XmlNode::text() const noexcept { return to_pugi(handle_).child_value(); }

XmlNode XmlNode::child(std::string_view name) const noexcept {
  XmlNode node = first_child();
  while (node && node.name() != name) node = node.next();
  return node;
}
XmlNode XmlNode::first_child() const noexcept {
  return XmlNode(first_element(to_pugi(handle_).first_child()).internal_object());
}
XmlNode XmlNode::next() const noexcept {
  return XmlNode(first_element(to_pugi(handle_).next_sibling()).internal_object());
}

struct XmlDocument::Impl {
  pugi::xml_document tree;
};

XmlDocument::XmlDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

Result<XmlDocument> XmlDocument::parse(std::string_view text, const XmlLimits& limits) {
  XmlReader reader(text, limits);
  XmlReader::Step step = XmlReader::Step::start;
  while (step != XmlReader::Step::done && step != XmlReader::Step::failed) step = reader.next();
  if (step == XmlReader::Step::failed) return reader.error();

  // White space is kept where it is all that an element holds; all of it when it may be a part
  // of a text in pieces. The encoding is fixed: the reader has seen UTF-8, whatever is declared.
  const unsigned spaces = reader.has_split_text() ? pugi::parse_ws_pcdata : pugi::parse_ws_pcdata_single;
  const unsigned flags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | spaces;
  auto impl = std::make_unique<Impl>();
  const std::string_view whole = reader.whole();
  const auto parsed = impl->tree.load_buffer(whole.data(), whole.size(), flags, pugi::encoding_utf8);
  // A failed parse leaves a tree that looks whole. The reader is the stricter one: this is for what nobody thought of.
  if (!parsed) {
    return core::fail(ErrorCode::unknown, fmt::format("not XML: {} at byte {}", parsed.description(), parsed.offset),
                      "a proxy or another service may have answered");
  }
  if (reader.has_split_text()) join_text_everywhere(impl->tree.document_element());
  return XmlDocument(std::move(impl));
}

XmlNode XmlDocument::root() const noexcept { return XmlNode(impl_->tree.document_element().internal_object()); }

}  // namespace cloudkit::inline v0::codec
