# Imports LibTorch::LibTorch from the unpacked PyPI wheel of PyTorch (scripts/setup.sh puts it there).
#
# The wheel's own TorchConfig.cmake insists on a CUDA toolkit, which nothing here needs: c10 and torch_cpu are
# enough. libtorch_cpu.so itself wants the CUDA runtime and CUPTI at load time; those two libraries come from
# small wheels of their own beside it.
#
#   LIBTORCH_ROOT   folder that holds torch/ and nvidia/; where scripts/setup.sh puts them unless told otherwise
#   PIXELCLIP_RELATIVE_PATHS   ON: binaries are the same whatever these folders are; packaging/build.sh sets it

set(libtorch_cache $ENV{XDG_CACHE_HOME})
if(NOT libtorch_cache)
  set(libtorch_cache $ENV{HOME}/.cache)
endif()
set(LIBTORCH_ROOT "${libtorch_cache}/pixelclip/libtorch-2.11.0" CACHE PATH "Folder of the unpacked PyTorch wheel")

find_path(LibTorch_INCLUDE_DIR ATen/ATen.h PATHS ${LIBTORCH_ROOT}/torch/include NO_DEFAULT_PATH)
find_library(LibTorch_C10 c10 PATHS ${LIBTORCH_ROOT}/torch/lib NO_DEFAULT_PATH)
find_library(LibTorch_CPU torch_cpu PATHS ${LIBTORCH_ROOT}/torch/lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_C10 LibTorch_CPU
  REASON_FAILURE_MESSAGE "set LIBTORCH_ROOT to the unpacked wheel (make setup fetches it)")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10})
  add_library(LibTorch::LibTorch SHARED IMPORTED)
  # SYSTEM keeps the wheel's protobuf 3.13 headers behind Debian's and its warnings quiet.
  set_target_properties(LibTorch::LibTorch PROPERTIES
    IMPORTED_LOCATION ${LibTorch_CPU}
    INTERFACE_INCLUDE_DIRECTORIES ${LibTorch_INCLUDE_DIR}
    INTERFACE_COMPILE_DEFINITIONS AT_PER_OPERATOR_HEADERS
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
  # RPATH, not RUNPATH: libraries that these load must find each other through the binary's own path too.
  set_property(TARGET LibTorch::LibTorch PROPERTY INTERFACE_LINK_OPTIONS
    "LINKER:--disable-new-dtags" "LINKER:--allow-shlib-undefined")
  # LibTorch's checks, in its headers and in our files, are all that prints where a file is.
  if(PIXELCLIP_RELATIVE_PATHS)
    set_property(TARGET LibTorch::LibTorch PROPERTY INTERFACE_COMPILE_OPTIONS
      -ffile-prefix-map=${LIBTORCH_ROOT}=libtorch -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  endif()
endif()
