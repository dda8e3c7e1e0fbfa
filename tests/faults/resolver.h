#pragma once

#include <string>
#include <vector>

namespace faults {

/// What getaddrinfo says in this process while it lives: programs that link it have a
/// getaddrinfo of their own, as nobody but root can give a machine another name server.
class ScriptedResolver {
 public:
  ScriptedResolver() = default;
  ScriptedResolver(const ScriptedResolver&) = delete;
  ScriptedResolver& operator=(const ScriptedResolver&) = delete;
  /// Ends the look-ups that hang, and waits for them.
  ~ScriptedResolver();

  /// These addresses, in this order.
  void answer(const std::string& name, std::vector<std::string> addresses);
  /// No answer as long as this lives.
  void hang(const std::string& name);
  /// How many look-ups hang.
  int hanging() const;
};

}  // namespace faults
