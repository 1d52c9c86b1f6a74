#include <slim/node/build_info.hpp>
#include <slim/wire/generation.hpp>

#include "version.hpp"

namespace slim::node {

std::string build_info() {
  std::string out;
  const auto line = [&out](std::string_view key, std::string_view value) {
    out.append(key).append("\t").append(value).append("\n");
  };
  line("Version:", build::kVersion);
  // Not the time of compilation: the same source gives the same program.
  line("Build Date:", build::kDate);
  line("Git SHA:", build::kRevision);
  line("Profile:", build::kProfile);
  line("Compatible:", "0.3-3.x");
  return out;
}

}  // namespace slim::node
