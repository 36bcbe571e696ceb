# The three kinds of target that this project has. Every include path starts at the repository's root.

# In the build folder plugins lie beside the binaries, or beside the tests' folder.
set(CMAKE_BUILD_RPATH "$ORIGIN;$ORIGIN/../bin")

# pixelclip_library(NAME SOURCES a.cc b.cc [PUBLIC lib...] [PRIVATE lib...])
function(pixelclip_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} pixelclip_warnings)
endfunction()

# pixelclip_binary(NAME SOURCES main.cc [LIBRARIES lib...]): lands in build/bin.
function(pixelclip_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} pixelclip_warnings
    $<TARGET_NAME_IF_EXISTS:pixelclip_thread_sanitizer>)
endfunction()

# Tests of what has threads: with ThreadSanitizer, the others are neither built nor run.
set(pixelclip_threaded_tests
  cli_test
  client_load_test
  connection_test
  example_loader_test
  lru_cache_test
  metrics_endpoint_test
  metrics_test
  scheduler_test
  segmenter_test
  server_parts_test
  server_test
  text_test
  tiling_test)

# pixelclip_test(NAME SOURCES a_test.cc [LIBRARIES lib...]): one GoogleTest binary, one CTest entry.
function(pixelclip_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gmock_main pixelclip_warnings
    $<TARGET_NAME_IF_EXISTS:pixelclip_thread_sanitizer>)
  target_compile_definitions(${name} PRIVATE
    PIXELCLIP_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
    PIXELCLIP_TEST_FIXTURES="${CMAKE_BINARY_DIR}/fixtures"
    PIXELCLIP_MODELS="${CMAKE_SOURCE_DIR}/models")
  if(PIXELCLIP_SANITIZER STREQUAL "thread" AND NOT name IN_LIST pixelclip_threaded_tests)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
endfunction()

add_library(pixelclip_warnings INTERFACE)
target_compile_options(pixelclip_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local -Wno-unused-parameter)
