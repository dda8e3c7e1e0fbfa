#pragma once

#include <sys/types.h>
#include <chrono>
#include <string>
#include <vector>

namespace test {

/// A program on a terminal of its own, to which a person types.
class Terminal {
 public:
  Terminal(const std::vector<std::string>& words, const std::vector<std::string>& environment,
           const std::string& directory, unsigned short columns = 200);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  /// Ends the program.
  ~Terminal();

  void type(const std::string& keys);
  /// Whether `text` appears behind what was waited for before.
  bool shows(const std::string& text, std::chrono::milliseconds patience = std::chrono::seconds(20));
  /// All that is shown until the program ends, behind what was waited for before.
  std::string rest();
  /// All that was shown and not waited for, for messages.
  const std::string& screen() const { return screen_; }

 private:
  int fd_ = -1;
  pid_t pid_ = -1;
  std::string screen_;
};

}  // namespace test
