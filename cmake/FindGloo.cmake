# Imports Gloo::Headers, all that including c10d's ProcessGroupGloo.hpp takes: LibTorch has Gloo itself inside,
# but its wheel leaves the headers out. Debian's libgloo-dev has them. They are an older version than LibTorch's,
# which is sound as long as Gloo's classes are handled through pointers alone.

find_path(Gloo_INCLUDE_DIR gloo/rendezvous/store.h)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Gloo
  REQUIRED_VARS Gloo_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libgloo-dev (make setup does)")

if(Gloo_FOUND AND NOT TARGET Gloo::Headers)
  add_library(Gloo::Headers INTERFACE IMPORTED)
  set_target_properties(Gloo::Headers PROPERTIES
    # The second is for headers of LibTorch's own that ProcessGroupGloo.hpp includes.
    INTERFACE_INCLUDE_DIRECTORIES "${Gloo_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS USE_C10D_GLOO)
endif()
