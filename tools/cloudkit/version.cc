#include "command.h"

#include <cloudkit/version.h>

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

class Version final : public Command {
 public:
  const char* name() const override { return "version"; }
  const char* summary() const override { return "Show the versions of cloudkit and of what it runs on"; }
  void declare(Arguments&) override {}

  int run(Session& session) override {
    const auto libraries = library_versions();
    if (session.out.json()) {
      Json json;
      json.text("cloudkit", version());
      for (const auto& library : libraries) json.text(library.name, library.version);
      session.out.object(json);
      return 0;
    }
    session.out.line(fmt::format("cloudkit {}", version()));
    for (const auto& library : libraries) session.out.line(fmt::format("{} {}", library.name, library.version));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_version() { return std::make_unique<Version>(); }

}  // namespace cloudkit::tool
