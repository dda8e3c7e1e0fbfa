#include <cloudkit/driver/compute.h>
#include <cloudkit/open_compute.h>
#include <doctest/doctest.h>

using namespace cloudkit;

namespace {

// What a backend must write at least.
class Least final : public ComputeDriver {
 public:
  ComputeCapabilities capabilities() const override { return {}; }
  std::string url() const override { return "least://"; }
  Result<Instance> get(std::string_view, const Context&) override { return Error(ErrorCode::not_found, "no machine"); }
  Result<InstancePage> list_page(const InstanceFilter&, std::string_view, const Context&) override {
    return InstancePage{};
  }
};

}  // namespace

TEST_CASE("what a backend of machines does not offer is unsupported, and says what") {
  Least least;
  const auto made = least.create({}, {});
  REQUIRE(!made);
  CHECK(made.error().code == ErrorCode::unsupported);
  CHECK(made.error().message == "this backend of machines does not offer making machines");
  CHECK(least.authorize_rules("fw", {}, {}).error().message == "this backend of machines does not offer firewalls");
  CHECK(least.submit_command("i", {}, {}).error().code == ErrorCode::unsupported);
  CHECK(least.set_tags("i", {}, {}).error().code == ErrorCode::unsupported);
}

TEST_CASE("states have the names of the header") {
  CHECK(to_string(InstanceState::terminating) == "terminating");
  CHECK(to_string(Direction::outbound) == "outbound");
  CHECK(to_string(Protocol::icmp) == "icmp");
  CHECK(to_string(VolumeState::in_use) == "in_use");
}

TEST_CASE("an unknown scheme of machines is refused, and a scheme of yours is opened") {
  ComputeRegistry registry;
  CHECK(registry.open("nowhere://x").error().message == "unknown scheme \"nowhere\" of machines");
  registry.add("least", [](const Url&) -> Result<std::shared_ptr<ComputeDriver>> { return std::make_shared<Least>(); });
  const auto opened = registry.open("LEAST://here");
  REQUIRE(opened);
  CHECK((*opened)->url() == "least://");
}
