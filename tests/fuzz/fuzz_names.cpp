// Names and ids from text: refused or read, and printed the same again.
#include <cstdint>
#include <cstdlib>

#include <slim/base/bytes.hpp>
#include <slim/name/name.hpp>

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text({data, size});
  if (const auto name = name::parse_name(text)) {
    const std::string shown = name->parts[0] + '/' + name->parts[1] + '/' + name->parts[2];
    const auto again = name::parse_name(shown);
    if (!again || !(*again == *name)) std::abort();
  }
  if (const auto id = name::parse_instance_id(text)) {
    if (name::parse_instance_id(name::to_string(*id)) != *id) std::abort();
  }
  return 0;
}
