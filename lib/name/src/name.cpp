#include <vector>

#include <slim/name/hash.hpp>
#include <slim/name/name.hpp>

namespace slim::name {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

Name make_name(std::string_view organisation, std::string_view space, std::string_view service,
               InstanceId id) {
  return {{hash_component(organisation), hash_component(space), hash_component(service)},
          {std::string(organisation), std::string(space), std::string(service)},
          id};
}

base::Result<Name, std::string> parse_name(std::string_view text) {
  std::vector<std::string_view> parts;
  std::string_view rest = trim(text);
  while (true) {
    const std::size_t slash = rest.find('/');
    parts.push_back(trim(rest.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (parts.size() != 3) {
    return base::fail("expected \"org/namespace/service\", got \"" + std::string(text) + "\"");
  }
  for (const std::string_view part : parts) {
    if (part.empty()) return base::fail("empty part in name \"" + std::string(text) + "\"");
  }
  return make_name(parts[0], parts[1], parts[2]);
}

std::string to_string(const Name& name) {
  return name.parts[0] + '/' + name.parts[1] + '/' + name.parts[2] + '/' + to_string(name.id);
}

}  // namespace slim::name
