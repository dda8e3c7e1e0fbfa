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

/// Of these keys: Amazon S3 does not take them.
inline bool climbs_out(const std::string& key) { return key == "../e2" || key == "d/../../e1"; }

}  // namespace test
