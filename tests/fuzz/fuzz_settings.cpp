// Configuration files: read, or refused with a ConfigError of one line and nothing else.
#include <cstdint>
#include <cstdlib>

#include <slim/base/bytes.hpp>
#include <slim/settings/load.hpp>

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(base::as_text({data, size}));
  if (text.find("${file:") != std::string::npos) return 0;  // would read this machine's files
  settings::LoadOptions options;
  options.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return "46357";
    return std::nullopt;
  };
  try {
    (void)settings::load_text(text, "fuzz.yaml", options);
  } catch (const settings::ConfigError& error) {
    const std::string_view what = error.what();
    if (what.empty() || what.find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}
