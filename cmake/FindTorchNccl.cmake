# Imports Torch::Nccl: LibTorch's CUDA library with the headers of CUDA and NCCL that c10d's ProcessGroupNCCL.hpp
# includes. No CUDA toolkit is needed: they come with the wheels that PyTorch's own requires and with those of
# nvidia-cuda-crt and nvidia-cuda-cccl, if LIBTORCH_ROOT is the site-packages folder where all are installed.

set(cuda_include ${LIBTORCH_ROOT}/nvidia/cu13/include)
find_path(TorchNccl_INCLUDE_DIR nccl.h PATHS ${LIBTORCH_ROOT}/nvidia/nccl/include NO_DEFAULT_PATH)
find_path(TorchNccl_CUDA_INCLUDE_DIR cusolverDn.h PATHS ${cuda_include} NO_DEFAULT_PATH)
find_path(TorchNccl_CRT_INCLUDE_DIR crt/host_config.h PATHS ${cuda_include} NO_DEFAULT_PATH)
find_path(TorchNccl_CCCL_INCLUDE_DIR nv/target PATHS ${cuda_include} ${cuda_include}/cccl NO_DEFAULT_PATH)
find_library(TorchNccl_LIBRARY torch_cuda PATHS ${LIBTORCH_ROOT}/torch/lib NO_DEFAULT_PATH)
find_library(TorchNccl_C10_LIBRARY c10_cuda PATHS ${LIBTORCH_ROOT}/torch/lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TorchNccl REQUIRED_VARS
  TorchNccl_INCLUDE_DIR TorchNccl_CUDA_INCLUDE_DIR TorchNccl_CRT_INCLUDE_DIR TorchNccl_CCCL_INCLUDE_DIR
  TorchNccl_LIBRARY TorchNccl_C10_LIBRARY)

if(TorchNccl_FOUND AND NOT TARGET Torch::Nccl)
  set(torch_nccl_includes
    ${TorchNccl_INCLUDE_DIR} ${TorchNccl_CUDA_INCLUDE_DIR} ${TorchNccl_CRT_INCLUDE_DIR}
    ${TorchNccl_CCCL_INCLUDE_DIR} ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  add_library(Torch::Nccl SHARED IMPORTED)
  set_target_properties(Torch::Nccl PROPERTIES
    IMPORTED_LOCATION ${TorchNccl_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES "${torch_nccl_includes}"
    INTERFACE_COMPILE_DEFINITIONS USE_C10D_NCCL
    INTERFACE_LINK_LIBRARIES "${TorchNccl_C10_LIBRARY};LibTorch::LibTorch")
endif()
