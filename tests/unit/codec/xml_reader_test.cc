#include "codec/xml_reader.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/xml.h"

using namespace cloudkit;
using codec::XmlDocument;
using codec::XmlNode;
using codec::XmlReader;
using Step = XmlReader::Step;

namespace {

// Every element as it ends: "2 name=text".
std::vector<std::string> read_through(XmlReader& reader) {
  std::vector<std::string> out;
  while (true) {
    switch (reader.next()) {
      case Step::start: break;
      case Step::end:
        out.push_back(std::to_string(reader.depth()) + ' ' + std::string(reader.name()) + '=' +
                      std::string(reader.text()));
        break;
      case Step::done: return out;
      case Step::failed: return {"error: " + reader.error().message};
    }
  }
}

void walk(XmlNode node, int depth, std::vector<std::string>& out) {
  for (XmlNode child = node.first_child(); child; child = child.next()) walk(child, depth + 1, out);
  out.push_back(std::to_string(depth) + ' ' + std::string(node.name()) + '=' + std::string(node.text()));
}

std::vector<std::string> by_tree(std::string_view text) {
  const auto document = XmlDocument::parse(text);
  if (!document) return {"error: " + document.error().message};
  std::vector<std::string> out;
  walk(document->root(), 1, out);
  return out;
}

std::vector<std::string> by_reader(std::string_view text) {
  XmlReader reader(text);
  return read_through(reader);
}

}  // namespace

TEST_CASE("a reply is read element by element") {
  XmlReader reader("<?xml version='1.0'?>\n<s3:list xmlns:s3='x'>\n <key a=\"1\">a&amp;b</key><none/>\n</s3:list>\n");
  CHECK(reader.next() == Step::start);
  CHECK(reader.name() == "list");
  CHECK(reader.depth() == 1);
  CHECK(reader.next() == Step::start);
  CHECK(reader.name() == "key");
  CHECK(reader.depth() == 2);
  CHECK(reader.next() == Step::end);
  CHECK(reader.name() == "key");
  CHECK(reader.text() == "a&b");
  CHECK(reader.next() == Step::start);
  CHECK(reader.name() == "none");
  CHECK(reader.next() == Step::end);
  CHECK(reader.depth() == 2);
  CHECK(reader.text().empty());
  CHECK(reader.next() == Step::end);
  CHECK(reader.name() == "list");
  CHECK(reader.text().empty());
  CHECK(reader.next() == Step::done);
}

TEST_CASE("what has been read stays until the reader goes") {
  std::string text = "<r>";
  for (int i = 0; i < 5000; ++i)
    text += "<t>a&#38;" + std::to_string(i) + "</t><u>b<!-- -->" + std::to_string(i) + "</u>";
  text += "</r>";
  XmlReader reader(text);
  std::vector<std::string_view> texts;
  while (reader.next() != Step::done) texts.push_back(reader.text());
  for (std::size_t i = 0; i < 5000; ++i) {
    REQUIRE(texts[4 * i + 2] == "a&" + std::to_string(i));
    REQUIRE(texts[4 * i + 4] == "b" + std::to_string(i));
  }
}

TEST_CASE("a reader that failed stays so") {
  XmlReader reader("<a><b></a>");
  CHECK(reader.next() == Step::start);
  CHECK(reader.next() == Step::start);
  for (int i = 0; i < 2; ++i) {
    CHECK(reader.next() == Step::failed);
    CHECK(reader.error().message == "not XML: an end tag of another element at byte 6");
  }
}

// The tree is made by another parser, and what it makes must mean the same.
TEST_CASE("reader and tree tell the same") {
  const char* const texts[] = {
      "<t>x</t>",
      "<t> </t>",
      "<t> <b/> </t>",
      "<t><b/> </t>",
      "<t> <!-- --> </t>",
      "<t> <!-- --></t>",
      "<t><!-- --> </t>",
      "<t>\n<?p?>\n<b/></t>",
      "<t>a<b/> c</t>",
      "<t> <b/>c</t>",
      "<t>\n a<b/>\n</t>",
      "<t><![CDATA[ ]]></t>",
      "<t><![CDATA[ ]]><b/></t>",
      "<t><![CDATA[]]><b/> </t>",
      "<t> <![CDATA[ ]]><!-- --> <b/></t>",
      "<t>&#32;<b/></t>",
      "<t>&#32;<!-- --><b/> </t>",
      "<t>&#13;&#10;</t>",
      "<t>\r\n\r<u>\r</u>a\rb\r\n</t>",
      "<t>\r<![CDATA[\r\n]]>\r</t>",
      "<t><![CDATA[&amp;<]]>&amp;amp;&lt;&gt;&apos;&quot;&unknown;&;&</t>",
      "<t>&#x7FF;&#x800;&#xFFFF;&#x10000;&#x10FFFF;&#128;&#65;</t>",
      "<t a='&lt;' b=\"'>\" c = 'x' >x</t >",
      "<s:t s:a='1'><s:u.-1\xC3\xA4>x</s:u.-1\xC3\xA4></s:t>",
      "<t><u> x <v/> y </u> <u/> </t>",
      "<t a='1'/>",
      "\xEF\xBB\xBF <?xml version='1.0' encoding='UTF-16'?><!-- --><t>\xC3\xA4</t><!-- --><?p ?>",
  };
  for (const std::string text : texts) {
    CAPTURE(text);
    const auto expected = by_tree(text);
    CHECK(by_reader(text) == expected);
    CHECK(expected.front().find("error") == std::string::npos);
  }
}

TEST_CASE("reader and tree tell the same of published hostile replies") {
  const auto vectors = nlohmann::json::parse(std::ifstream(CLOUDKIT_TEST_DATA "/hostile/xml-replies.json"));
  for (const auto& reply : vectors["cases"]) {
    if (!reply.contains("body")) continue;
    const std::string body = reply["body"];
    CAPTURE(body);
    CHECK(by_reader(body) == by_tree(body));
  }
}

TEST_CASE("an attribute of the element that has just started is found as it is written") {
  XmlReader reader("<r><n a='1' Encoded = \"true\" b=\"Encoded='false'\">t</n><n/><n Encoded=''></n></r>");
  REQUIRE(reader.next() == Step::start);
  CHECK(reader.attribute("Encoded").empty());
  REQUIRE(reader.next() == Step::start);
  CHECK(reader.attribute("Encoded") == "true");
  CHECK(reader.attribute("a") == "1");
  CHECK(reader.attribute("b") == "Encoded='false'");
  CHECK(reader.attribute("c").empty());
  REQUIRE(reader.next() == Step::end);
  REQUIRE(reader.next() == Step::start);
  CHECK(reader.attribute("Encoded").empty());
}
