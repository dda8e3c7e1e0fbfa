#pragma once

#include <string>
#include <vector>

namespace test {

/// They made other tools lose objects, fail for ever, or write outside of their directory.
inline const std::vector<std::string> kAwkwardKeys = {"a",
                                                      "a/b",
                                                      "dir/",
                                                      "full/",
                                                      "A",
                                                      "x//y",
                                                      "../e2",
                                                      "d/../../e1",
                                                      "/../e3",
                                                      "b\x01"
                                                      "c",
                                                      "with space",
                                                      "€",
                                                      "ok.txt"};

}  // namespace test
