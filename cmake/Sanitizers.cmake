# PIXELCLIP_SANITIZER=address (with undefined behaviour) or thread; the presets asan and tsan set it.
set(PIXELCLIP_SANITIZER "" CACHE STRING "address, thread or empty")
if(PIXELCLIP_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(PIXELCLIP_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
  # Part of every program: tests start the binaries too.
  add_library(pixelclip_thread_sanitizer OBJECT ${CMAKE_SOURCE_DIR}/tests/testing/thread_sanitizer.cc)
  set_target_properties(pixelclip_thread_sanitizer PROPERTIES CXX_VISIBILITY_PRESET default)
elseif(PIXELCLIP_SANITIZER)
  message(FATAL_ERROR "PIXELCLIP_SANITIZER is '${PIXELCLIP_SANITIZER}'; expected address, thread or nothing")
endif()
