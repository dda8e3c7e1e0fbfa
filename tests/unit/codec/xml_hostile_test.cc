// Replies that try to exhaust the reader, and the XML side of the published hostile replies.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "codec/xml.h"

using namespace cloudkit;
using codec::XmlDocument;
using codec::XmlLimits;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string hostile_problem(std::string_view text, const XmlLimits& limits = {}) {
  const Result<XmlDocument> document = XmlDocument::parse(text, limits);
  return document ? "no error" : document.error().message;
}

// The peak never falls, so a growth is what happened since.
std::size_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return static_cast<std::size_t>(usage.ru_maxrss);
#else
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
#endif
}

constexpr const char* kTooManyNodes = "the XML has more than 1000000 elements, attributes and texts";
constexpr const char* kTooDeep = "the XML is nested deeper than 64 elements";

}  // namespace

TEST_CASE("bombs are refused before they cost memory") {
  struct Bomb {
    const char* name;
    std::string text;
    const char* expected;
  };
  const Bomb bombs[] = {
      {"200000 open elements", repeat("<a>", 200'000) + repeat("</a>", 200'000), kTooDeep},
      {"16 MiB of open tags", repeat("<a>", 16 * kMiB / 3), kTooDeep},
      {"16 MiB of <a/>", "<r>" + repeat("<a/>", 16 * kMiB / 4 - 2) + "</r>", kTooManyNodes},
      {"16 MiB of attributes", "<r" + repeat(" a=''", 16 * kMiB / 5 - 2) + "/>", kTooManyNodes},
      {"16 MiB of texts between comments", "<r>" + repeat("a<!---->", 16 * kMiB / 8 - 1) + "</r>", kTooManyNodes},
      {"16 MiB of CDATA", "<r>" + repeat("<![CDATA[]]>", 16 * kMiB / 12 - 1) + "</r>", kTooManyNodes},
      {"16 MiB of a start tag", "<" + std::string(16 * kMiB - 1, 'a'),
       "the XML is cut off inside the tag that starts at byte 0"},
      {"16 MiB of <", std::string(16 * kMiB, '<'), "not XML: an element without a name at byte 0"},
      {"16 MiB of quotes in a tag", "<a " + std::string(16 * kMiB - 5, '"') + "/>",
       "not XML: an attribute without a name at byte 3"},
      {"16 MiB of =", "<a " + std::string(16 * kMiB - 5, '=') + "/>", "not XML: an attribute without a name at byte 3"},
  };
  const std::size_t before = peak_memory();
  for (const Bomb& bomb : bombs) {
    CAPTURE(bomb.name);
    CHECK(hostile_problem(bomb.text).rfind(bomb.expected, 0) == 0);
  }
  // The tree of 16 MiB of <a/> alone would be 259 MiB; one copy of a text is allowed.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(peak_memory() - before < 64 * kMiB);
#endif
}

TEST_CASE("a text above the limit is refused unread") {
  CHECK(hostile_problem(std::string(16 * kMiB + 1, ' ')) == "the XML has 16777217 bytes; the limit is 16777216");
  CHECK(hostile_problem("<a/>", {.max_size = 3}) == "the XML has 4 bytes; the limit is 3");
  CHECK(hostile_problem("<a/>", {.max_size = 4}) == "no error");
}

TEST_CASE("each limit holds exactly") {
  const XmlLimits depth{.max_depth = 2};
  CHECK(hostile_problem("<a><b>x</b><b/></a>", depth) == "no error");
  CHECK(hostile_problem("<a><b><c/></b></a>", depth) == "the XML is nested deeper than 2 elements");
  CHECK(hostile_problem("<a><b><c></c></b></a>", depth) == "the XML is nested deeper than 2 elements");
  const XmlLimits nodes{.max_nodes = 4};
  CHECK(hostile_problem("<a b='1'><c/>x</a>", nodes) == "no error");
  CHECK(hostile_problem("<a b='1'><c/>x<d/></a>", nodes) == "the XML has more than 4 elements, attributes and texts");
  CHECK(hostile_problem("<a b='1' c='2' d='3' e='4'/>", nodes) ==
        "the XML has more than 4 elements, attributes and texts");
}

TEST_CASE("a long reply within the limits is read to its end") {
  const auto document = XmlDocument::parse("<r>" + repeat("<i><k>x</k></i>", 100'000) + "<last>z</last></r>");
  REQUIRE(document);
  std::size_t items = 0;
  for (auto item = document->root().first_child(); item; item = item.next()) items += item.name() == "i";
  CHECK(items == 100'000);
  CHECK(document->root().child("last").text() == "z");
}

TEST_CASE("published hostile replies are read or refused as XML") {
  // What is wrong with the others is their meaning; as XML they are sound.
  const std::set<std::string> refused = {"empty",          "truncated result", "truncated error", "json",
                                         "billion laughs", "external entity",  "NUL inside",      "huge number entity",
                                         "no root",        "two roots"};
  const auto vectors = nlohmann::json::parse(std::ifstream(CLOUDKIT_TEST_DATA "/hostile/xml-replies.json"));
  std::size_t seen = 0;
  for (const auto& reply : vectors["cases"]) {
    const std::string name = reply["name"];
    CAPTURE(name);
    if (!reply.contains("body")) continue;  // recipes; the bombs above
    const std::string problem = hostile_problem(reply["body"].get<std::string>());
    CHECK((problem != "no error") == (refused.count(name) == 1));
    if (reply["expect"] == "reject: DOCTYPE") CHECK(problem.find("DOCTYPE") != std::string::npos);
    seen += refused.count(name);
  }
  CHECK(seen == refused.size());
  CHECK(vectors["cases"].size() == 32);
}

TEST_CASE("a DOCTYPE is refused in any case and place") {
  for (const char* text :
       {"<!DOCTYPE a><a/>", "<!doctype a><a/>", " <?xml version='1.0'?><!DocType a []><a/>", "<a><!DOCTYPE b></a>"}) {
    CAPTURE(text);
    CHECK(hostile_problem(text) == "the XML has a DOCTYPE, which cloudkit refuses: it can define entities");
  }
  CHECK(hostile_problem("<a><![CDATA[<!DOCTYPE b>]]><!-- <!DOCTYPE c> --></a>") == "no error");
}
