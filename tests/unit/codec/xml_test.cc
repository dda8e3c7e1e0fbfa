#include "codec/xml.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using codec::xml_escape;
using codec::XmlDocument;
using codec::XmlLimits;
using codec::XmlNode;

namespace {

std::string xml_problem(std::string_view text, const XmlLimits& limits = {}) {
  const Result<XmlDocument> document = XmlDocument::parse(text, limits);
  if (document) return "no error";
  CHECK(document.error().code == ErrorCode::unknown);
  return document.error().message;
}

// The text of the root's child <t>.
std::string text_of(std::string_view text) {
  const Result<XmlDocument> document = XmlDocument::parse(text);
  if (!document) return "error: " + document.error().message;
  return std::string(document->root().child("t").text());
}

}  // namespace

TEST_CASE("elements are found by name, in order") {
  const auto document = XmlDocument::parse(
      "<?xml version='1.0'?>\n<list xmlns='http://x'>\n  <name>b</name>\n"
      "  <item><key>1</key></item>\n  <!-- c --><item><key>2</key></item>\n</list>\n");
  REQUIRE(document);
  const XmlNode root = document->root();
  CHECK(root.name() == "list");
  CHECK(root.text().empty());
  CHECK(root.child("name").text() == "b");
  std::string keys;
  for (XmlNode item = root.child("item"); item; item = item.next()) keys += item.child("key").text();
  CHECK(keys == "12");
}

TEST_CASE("what is missing reads as empty all along a chain") {
  const auto document = XmlDocument::parse("<a><b>x</b></a>");
  REQUIRE(document);
  const XmlNode missing = document->root().child("c").child("d").first_child().next();
  CHECK_FALSE(missing);
  CHECK(missing.name().empty());
  CHECK(missing.text().empty());
  CHECK_FALSE(XmlNode());
  CHECK_FALSE(document->root().next());
}

TEST_CASE("names are local names") {
  const auto document = XmlDocument::parse("<s3:Error xmlns:s3='x'><s3:Code>SlowDown</s3:Code></s3:Error>");
  REQUIRE(document);
  CHECK(document->root().name() == "Error");
  CHECK(document->root().child("Code").text() == "SlowDown");
}

TEST_CASE("a document moves without its nodes being lost") {
  auto document = XmlDocument::parse("<a><b>x</b></a>");
  REQUIRE(document);
  const XmlNode b = document->root().child("b");
  const XmlDocument moved = std::move(*document);
  CHECK(b.text() == "x");
  CHECK(moved.root().child("b").text() == "x");
}

TEST_CASE("text is kept as it was sent") {
  CHECK(text_of("<r><t> a  b </t></r>") == " a  b ");
  CHECK(text_of("<r><t> </t></r>") == " ");
  CHECK(text_of("<r><t>\n</t></r>") == "\n");
  CHECK(text_of("<r><t></t></r>").empty());
  CHECK(text_of("<r><t/></r>").empty());
  CHECK(text_of("<r><t>k\xC3\xA4se/\xE6\x97\xA5\xF0\x9F\x98\x80</t></r>") ==
        "k\xC3\xA4se/\xE6\x97\xA5\xF0\x9F\x98\x80");
  CHECK(text_of("<r><t>&lt;&gt;&amp;&quot;&apos;</t></r>") == "<>&\"'");
  CHECK(text_of("<r><t>a\r\nb</t></r>") == "a\nb");
  CHECK(text_of("<r><t>a&#13;b&#xd;</t></r>") == "a\rb\r");
}

TEST_CASE("a text in pieces reads as one") {
  CHECK(text_of("<r><t><![CDATA[Slow]]></t></r>") == "Slow");
  CHECK(text_of("<r><t>Slow<![CDATA[D<ow>]]>n</t></r>") == "SlowD<ow>n");
  CHECK(text_of("<r><t>a<!-- x -->b<?p?>c</t></r>") == "abc");
  CHECK(text_of("<r><t> <![CDATA[x]]> </t></r>") == " x ");
  CHECK(text_of("<r><t>a<u>-</u>b</t></r>") == "ab");

  const auto document = XmlDocument::parse("<r>\n <a>\n <b>1</b>\n </a>\n <t>x<!-- -->y</t>\n <a/>\n</r>");
  REQUIRE(document);
  const XmlNode root = document->root();
  CHECK(root.text().empty());
  CHECK(root.child("a").text().empty());
  CHECK(root.child("a").child("b").text() == "1");
  CHECK(root.child("t").text() == "xy");
}

TEST_CASE("numbered characters that S3 keys may hold are read") {
  CHECK(text_of("<r><t>a&#x1;b&#1;&#x1F;</t></r>") ==
        "a\x01"
        "b\x01\x1F");
  CHECK(text_of("<r><t>&#x1F600;&#128512;</t></r>") == "\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
  CHECK(text_of("<r><t>&#x10FFFF;</t></r>") == "\xF4\x8F\xBF\xBF");
}

TEST_CASE("numbers of no character are refused") {
  for (const char* number : {"0", "x0", "x000", "1114112", "x110000", "xD800", "xDFFF", "4294967296", "4294967361",
                             "99999999999", "x10000000000000041", "99999999999999999999999999999999"}) {
    CAPTURE(number);
    CHECK(xml_problem("<r><t>a&#" + std::string(number) + ";b</t></r>") ==
          "not XML: a reference to no character at byte 7");
  }
}

TEST_CASE("an ampersand that is not a reference stays") {
  CHECK(text_of("<r><t>a & b &foo; &#; &#x; &#12 &</t></r>") == "a & b &foo; &#; &#x; &#12 &");
}

TEST_CASE("white space, byte order mark and declaration may come first") {
  for (const char* start : {"", "   \n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF \n", "\r\n\t \xEF\xBB\xBF"}) {
    CAPTURE(start);
    CHECK(text_of(std::string(start) + "<?xml version=\"1.0\" encoding=\"UTF-8\"?><r><t>x</t></r>  \n") == "x");
  }
  CHECK(text_of("<?xml version=\"1.0\" encoding=\"UTF-16\"?><r><t>\xC3\xA4</t></r>") == "\xC3\xA4");
}

TEST_CASE("what is not one whole XML document is refused by name") {
  CHECK(xml_problem("") == "the reply is empty where XML was expected");
  CHECK(xml_problem(" \n") == "the reply is empty where XML was expected");
  CHECK(xml_problem("\xEF\xBB\xBF") == "the reply is empty where XML was expected");
  CHECK(xml_problem("just text") == "not XML: text outside of the root element at byte 0");
  CHECK(xml_problem("{\"error\":1}") == "not XML: text outside of the root element at byte 0");
  CHECK(xml_problem("<a/>rest") == "not XML: text outside of the root element at byte 4");
  CHECK(xml_problem("<a/><![CDATA[x]]>") == "not XML: CDATA outside of the root element at byte 4");
  CHECK(xml_problem("<a/><b/>") == "not XML: more than one root element at byte 4");
  CHECK(xml_problem("<?xml version='1.0'?><!-- only -->") == "not XML: no element at byte 34");
  CHECK(xml_problem("</a>") == "not XML: an end tag without a start at byte 0");
  CHECK(xml_problem("<a></a></a>") == "not XML: an end tag without a start at byte 7");
  CHECK(xml_problem("<a><!ELEMENT b></a>") == "not XML: an unknown declaration at byte 3");
  CHECK(xml_problem("<a b=c/>") == "not XML: an attribute without quotes at byte 4");
  CHECK(xml_problem("<a></b>") == "not XML: an end tag of another element at byte 3");
  CHECK(xml_problem("<a><b></a></b>") == "not XML: an end tag of another element at byte 6");
  CHECK(xml_problem("<a></ab>") == "not XML: an end tag of another element at byte 3");
  CHECK(xml_problem("<s:a></a>") == "not XML: an end tag of another element at byte 5");
  CHECK(xml_problem("<a></a b>") == "not XML: an end tag of another element at byte 3");
  CHECK(xml_problem("<a><b/</a>") == "not XML: a tag that does not end behind its / at byte 5");
  CHECK(xml_problem("<a / >x</a>") == "not XML: a tag that does not end behind its / at byte 3");
  CHECK(xml_problem("<a b/>") == "not XML: an attribute without a value at byte 3");
  CHECK(xml_problem("<a b='1'c='2'/>") == "not XML: an attribute without a name at byte 8");
  CHECK(xml_problem("<a \"x\"/>") == "not XML: an attribute without a name at byte 3");
  CHECK(xml_problem("<a <b/>></a>") == "not XML: an attribute without a name at byte 3");
  CHECK(xml_problem("<?><a/>") == "not XML: a processing instruction without a name at byte 0");
  for (const char* nameless : {"<>", "< a/>", "<1/>", "<-a/>", "<=/>"}) {
    CAPTURE(nameless);
    CHECK(xml_problem(nameless) == "not XML: an element without a name at byte 0");
  }
}

TEST_CASE("an answer in another language comes with advice") {
  const auto document = XmlDocument::parse("502 Bad Gateway");
  REQUIRE_FALSE(document);
  CHECK(document.error().hint == "a proxy or another service may have answered");
}

TEST_CASE("every cut of a reply is refused") {
  const std::string whole =
      "<?xml version='1.0'?><r a='1>' b=\"<\"><!-- c --><t>x &amp; y</t><u><![CDATA[z]]></u><v/></r>";
  REQUIRE(xml_problem(whole) == "no error");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(xml_problem(whole.substr(0, length)) != "no error");
  }
  CHECK(xml_problem("<a><b>") == "the XML is cut off before its root element ends");
  CHECK(xml_problem("<a><b c='") == "the XML is cut off inside the tag that starts at byte 3");
  CHECK(xml_problem("<a><!-- ") == "the XML is cut off inside a comment");
  CHECK(xml_problem("<a><![CDATA[ ]]") == "the XML is cut off inside CDATA");
  CHECK(xml_problem("<a></a") == "the XML is cut off inside an end tag");
  CHECK(xml_problem("<?xml ") == "the XML is cut off inside a processing instruction");
}

TEST_CASE("bytes that no XML holds are refused wherever they stand") {
  // Around the eight bytes that are checked at once.
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string start = "<r><t>" + std::string(before, 'x');
    const std::string at = " at byte " + std::to_string(start.size());
    const std::string end = "yyyyyyyyy</t></r>";
    CHECK(xml_problem(start + '\0' + end) == "not XML: a NUL" + at);
    CHECK(xml_problem(start + '\x01' + end) == "not XML: a control character (0x01)" + at);
    CHECK(xml_problem(start + '\x1F' + end) == "not XML: a control character (0x1F)" + at);
    CHECK(xml_problem(start + '\xFF' + end) == "not XML: bytes that are not UTF-8" + at);
    CHECK(xml_problem(start + "\xC3" + end) == "not XML: bytes that are not UTF-8" + at);
    CHECK(xml_problem(start + "\xED\xA0\x80" + end) == "not XML: bytes that are not UTF-8" + at);
    CHECK(xml_problem(start + "\xC3\xA4\x7F\t\r\n" + end) == "no error");
  }
  CHECK(xml_problem(std::string_view("<a/>\0", 5)) == "not XML: a NUL at byte 4");
}

TEST_CASE("XML written by xml_escape reads back as it was") {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all.push_back(static_cast<char>(c));
  all += "\xC3\xA4 \xF0\x9F\x98\x80 ]]> ";
  CHECK(text_of("<r><t>" + xml_escape(all) + "</t></r>") == all);
  CHECK(xml_escape("a<b>&\"c'\r\n\x01") == "a&lt;b&gt;&amp;&quot;c'&#xD;&#xA;&#x1;");
  CHECK(xml_escape("").empty());
}
