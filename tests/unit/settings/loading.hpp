/// Loading texts in tests.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <slim/settings/load.hpp>

namespace slim::settings::test {

using Variables = std::map<std::string, std::string>;

inline LoadOptions options(Variables variables = {}, bool strict = false) {
  return {.strict = strict,
          .environment = [variables = std::move(variables)](
                             const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          }};
}

inline Configuration load(const std::string& text, Variables variables = {}) {
  return load_text(text, "node.yaml", options(std::move(variables)));
}

inline Configuration load_strict(const std::string& text) {
  return load_text(text, "node.yaml", options({}, true));
}

/// What the error says; empty if the text loads.
inline std::string error_of(const std::string& text, const LoadOptions& with = options()) {
  try {
    (void)load_text(text, "node.yaml", with);
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

inline std::string strict_error_of(const std::string& text) {
  return error_of(text, options({}, true));
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// How many notices of a kind there are for a key.
inline std::size_t notices(const Configuration& configuration, Notice::Kind kind,
                           std::string_view key) {
  const auto& all = configuration.notices;
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Notice& n) {
    return n.kind == kind && n.place.key == key;
  }));
}

inline constexpr std::string_view kServer0 = "services.slim/0.dataplane.servers[0]";
inline constexpr std::string_view kClient0 = "services.slim/0.dataplane.clients[0]";

inline std::string under(std::string_view path, std::string_view key) {
  return std::string(path) + '.' + std::string(key);
}

/// One service with one listener, to which `keys` are added in flow style: `max_frame_size: 2`.
inline std::string with_server(const std::string& keys) {
  return "services: {slim/0: {dataplane: {servers: [{endpoint: \"127.0.0.1:0\"" +
         (keys.find("tls:") == std::string::npos ? std::string(", tls: {insecure: true}")
                                                 : std::string()) +
         (keys.empty() ? "" : ", " + keys) + "}]}}}\n";
}

/// One service with one link; `keys` hold everything but the endpoint.
inline std::string with_client(const std::string& keys,
                               const std::string& endpoint = "http://localhost:1") {
  return "services: {slim/0: {dataplane: {clients: [{endpoint: \"" + endpoint + "\"" +
         (keys.empty() ? "" : ", " + keys) + "}]}}}\n";
}

/// A listener and more keys of the service.
inline std::string with_service(const std::string& keys) {
  return "services: {slim/0: {dataplane: {servers: [{endpoint: \"127.0.0.1:0\", tls: {insecure: "
         "true}}]}, " +
         keys + "}}\n";
}

/// A listener and more keys of the root.
inline std::string with_root(const std::string& block) { return block + "\n" + with_server(""); }

inline Server server(const std::string& keys) {
  return load(with_server(keys)).services.at(0).servers.at(0);
}

inline Client client(const std::string& keys, const std::string& endpoint = "http://localhost:1") {
  return load(with_client(keys, endpoint)).services.at(0).clients.at(0);
}

}  // namespace slim::settings::test
