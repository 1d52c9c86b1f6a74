# The revision is read when the project is configured, unless -DSLIM_REVISION and
# -DSLIM_REVISION_DATE say what it is; a build without git and without them says "unknown".
function(slim_git out)
  if(DEFINED CACHE{${out}})
    return()
  endif()
  execute_process(COMMAND git ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT text)
    set(text unknown)
  endif()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()
slim_git(SLIM_REVISION rev-parse --short=12 HEAD)
slim_git(SLIM_REVISION_DATE show -s --format=%cs HEAD)
