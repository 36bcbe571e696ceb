# Imports Cuda::Headers: those of CUDA's runtime library, for LibTorch's CUDAGraph.h. No CUDA toolkit is needed: they
# come with the wheels of nvidia-cuda-runtime and nvidia-cuda-crt, unpacked in LIBTORCH_ROOT.

set(cuda_include ${LIBTORCH_ROOT}/nvidia/cu13/include)
find_path(CudaHeaders_INCLUDE_DIR cuda_runtime_api.h PATHS ${cuda_include} NO_DEFAULT_PATH)
find_path(CudaHeaders_CRT_INCLUDE_DIR crt/host_defines.h PATHS ${cuda_include} NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CudaHeaders REQUIRED_VARS CudaHeaders_INCLUDE_DIR CudaHeaders_CRT_INCLUDE_DIR)

if(CudaHeaders_FOUND AND NOT TARGET Cuda::Headers)
  add_library(Cuda::Headers INTERFACE IMPORTED)
  set_target_properties(Cuda::Headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${CudaHeaders_INCLUDE_DIR};${CudaHeaders_CRT_INCLUDE_DIR}")
endif()
