# Compile options that every target of ours shares.
add_library(slim_options INTERFACE)
target_compile_options(slim_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual
  # Designated initialisers leave the rest at their defaults: that is what they are for.
  -Wno-missing-field-initializers $<$<BOOL:${SLIM_WERROR}>:-Werror>)
if(SLIM_SANITIZE)
  string(REPLACE "," ";" _kinds "${SLIM_SANITIZE}")
  foreach(_kind IN LISTS _kinds)
    add_compile_options(-fsanitize=${_kind})
    add_link_options(-fsanitize=${_kind})
  endforeach()
  add_compile_options(-fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns of the standard library's own code once it is instrumented, and of Asio's fences,
    # which stand beside the locks that the thread sanitizer does understand.
    add_compile_options(-Wno-maybe-uninitialized)
    if(SLIM_SANITIZE MATCHES "thread")
      add_compile_options(-Wno-tsan)
    endif()
  endif()
endif()

# slim_library(<name> SOURCES <files> DEPENDS <targets> PRIVATE_DEPENDS <targets>)
#
# Makes slim_<name> with the alias slim::<name> and <slim/<name>/...> as its public headers. Include
# folders come with linked targets only, so including from a layer that is not linked does not
# compile. Every public header is also compiled alone.
function(slim_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(slim_${name} STATIC ${arg_SOURCES})
  add_library(slim::${name} ALIAS slim_${name})
  target_include_directories(slim_${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(slim_${name} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS}
                        $<BUILD_INTERFACE:slim_options>)
  slim_check_headers(${name})
endfunction()

# One generated translation unit a public header proves that it includes what it uses.
function(slim_check_headers name)
  file(GLOB headers CONFIGURE_DEPENDS
       ${CMAKE_CURRENT_SOURCE_DIR}/include/slim/${name}/*.hpp)
  set(all "")
  foreach(header IN LISTS headers)
    get_filename_component(stem "${header}" NAME_WE)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/headers/${stem}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include <slim/${name}/${stem}.hpp>\n")
    list(APPEND all ${unit})
  endforeach()
  if(all AND SLIM_TESTS AND NOT SLIM_SANITIZE)
    add_library(slim_${name}_headers OBJECT ${all})
    target_link_libraries(slim_${name}_headers PRIVATE slim_${name} slim_options)
  endif()
endfunction()
