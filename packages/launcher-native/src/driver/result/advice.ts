import type { DriverCallName } from '../sys/calls.js';
import type { resultCodes } from '../sys/cuda-abi.js';

/** The name of a `CUresult`. */
export type ResultName = keyof typeof resultCodes;

/** What an error means in our words, and what to do about it. */
const general: { readonly [Name in ResultName]?: string } = {
  CUDA_ERROR_INVALID_VALUE:
    'an argument is outside what the call accepts. Compare the values shown here with its documentation.',
  CUDA_ERROR_OUT_OF_MEMORY:
    'the device has too little free memory. Release buffers, ask for less, or look for other processes on the GPU.',
  CUDA_ERROR_NOT_INITIALIZED: 'the driver is not initialised. Start with Driver.cuda(), which calls cuInit.',
  CUDA_ERROR_DEINITIALIZED: 'the driver is shutting down. Release everything before the process exits.',
  CUDA_ERROR_STUB_LIBRARY:
    "the library is the toolkit's stub, made for linking only. Let PREFLIGHT_CUDA_LIBRARY name the driver's own libcuda.so.1.",
  CUDA_ERROR_DEVICE_UNAVAILABLE:
    'the device is busy or reserved. Look at its compute mode and at other processes with nvidia-smi.',
  CUDA_ERROR_NO_DEVICE:
    'the driver sees no GPU. Check nvidia-smi, CUDA_VISIBLE_DEVICES, and whether the container was given a GPU.',
  CUDA_ERROR_INVALID_DEVICE: 'there is no device of that number. Device numbers start at 0.',
  CUDA_ERROR_INVALID_IMAGE:
    'the module is damaged, or is not a cubin. Compare its SHA-256 with the catalog, and build or download it again.',
  CUDA_ERROR_INVALID_CONTEXT: 'no valid context is current on this thread, or it has been released.',
  CUDA_ERROR_NO_BINARY_FOR_GPU:
    "the module was built for another GPU architecture. Choose a kernel whose arch is the device's.",
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION: 'the PTX is newer than the driver. Update the driver, or load a cubin.',
  CUDA_ERROR_ECC_UNCORRECTABLE:
    "the GPU's memory has an error that ECC cannot correct. The GPU needs a reset, perhaps a repair.",
  CUDA_ERROR_INVALID_HANDLE: 'a handle is unknown: its object was destroyed, or belongs to another context.',
  CUDA_ERROR_NOT_FOUND: 'there is nothing of that name. Names are compared exactly.',
  CUDA_ERROR_OPERATING_SYSTEM:
    'the operating system refused something. Containers may limit memory, threads or device files.',
  CUDA_ERROR_PEER_ACCESS_UNSUPPORTED:
    'the devices cannot reach each other directly. Ask device.canAccessPeer first; copies work all the same.',
  CUDA_ERROR_TOO_MANY_PEERS: 'a device can have only so many peers, and has them already.',
  CUDA_ERROR_DEVICE_NOT_LICENSED:
    'the device is a virtual GPU without a licence for CUDA. Ask whoever runs the host.',
  CUDA_ERROR_NOT_READY: 'earlier work has not finished. Synchronise first.',
  CUDA_ERROR_ILLEGAL_ADDRESS:
    'a kernel accessed memory that is not allocated. Check buffer sizes and that no buffer was released too early; compute-sanitizer names the access. The context is unusable now.',
  CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES:
    'the kernel needs more registers or shared memory per block than the GPU has. Use fewer threads per block or another kernel.',
  CUDA_ERROR_LAUNCH_TIMEOUT:
    'a kernel ran into the time limit of a GPU that also drives a display. The context is unusable now.',
  CUDA_ERROR_ASSERT:
    'a device-side assert failed; its text is on standard error. The context is unusable now.',
  CUDA_ERROR_ILLEGAL_INSTRUCTION:
    'a kernel met an illegal instruction. Was it built for this architecture? The context is unusable now.',
  CUDA_ERROR_MISALIGNED_ADDRESS:
    'a kernel accessed memory at an address that its access size does not divide. The context is unusable now.',
  CUDA_ERROR_LAUNCH_FAILED:
    'a kernel failed on the device; compute-sanitizer tells more. The context is unusable now.',
  CUDA_ERROR_NOT_PERMITTED: 'the operation is not allowed here, for example during a stream capture.',
  CUDA_ERROR_NOT_SUPPORTED: 'this device or driver does not support the operation.',
  CUDA_ERROR_SYSTEM_NOT_READY:
    "the system's GPU services are not running. On NVSwitch machines, start the fabric manager.",
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    'kernel module and library are of different driver versions. Reboot, or reload the module.',
  CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
    "the forward-compatibility library does not support this GPU. Use the driver's own library.",
  CUDA_ERROR_MPS_CONNECTION_FAILED:
    'the MPS control daemon cannot be reached. Start it, or unset CUDA_MPS_PIPE_DIRECTORY.',
  CUDA_ERROR_MPS_RPC_FAILURE: 'the MPS server does not answer. Restart the MPS control daemon.',
  CUDA_ERROR_MPS_SERVER_NOT_READY:
    'the MPS server is starting up, or recovering from a fault of one of its clients. Try again.',
  CUDA_ERROR_MPS_MAX_CLIENTS_REACHED: 'the MPS server has all the clients it takes. End another process.',
  CUDA_ERROR_MPS_CLIENT_TERMINATED:
    'the MPS server ended this client, perhaps for the fault of another. The process has to start again.',
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED:
    'this cannot be captured into a graph: synchronising, allocating, releasing and the like have to wait until the capture has ended.',
  CUDA_ERROR_STREAM_CAPTURE_INVALIDATED:
    'something was done during the capture that cannot be captured; the call that did it got an error of its own.',
  CUDA_ERROR_STREAM_CAPTURE_MERGE: 'streams of two captures would wait for each other. Keep them apart.',
  CUDA_ERROR_STREAM_CAPTURE_UNMATCHED: 'the capture was begun on another stream.',
  CUDA_ERROR_STREAM_CAPTURE_UNJOINED:
    'another stream has captured work that the captured stream does not wait for. Record an event there, and wait for it here.',
  CUDA_ERROR_STREAM_CAPTURE_ISOLATION:
    'captured work cannot wait for an event from before the capture. Record the event within it.',
  CUDA_ERROR_STREAM_CAPTURE_IMPLICIT:
    'the default stream cannot be used while a stream that waits for it is captured: name a stream in copies and fills, or capture a stream created with { nonBlocking: true }.',
  CUDA_ERROR_CAPTURED_EVENT: 'an event recorded in a capture marks no time: it has neither happened nor not.',
  CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD: 'a capture has to end on the thread that began it.',
  CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER: 'the driver is too old for this call. Update it.',
  CUDA_ERROR_INVALID_CLUSTER_SIZE:
    "the cluster does not fit: it has to divide the grid, and more than 8 blocks need the kernel's consent.",
};

/** The same, where the call tells more than the code. */
const byCall: { readonly [Name in ResultName]?: { readonly [Call in DriverCallName]?: string } } = {
  CUDA_ERROR_INVALID_VALUE: {
    cuLaunchKernelEx:
      'the launch is outside the limits. Check grid, block and cluster, and whether dynamic shared memory is within what setMaxDynamicSharedMem allowed.',
    cuTensorMapEncodeTiled:
      'the tensor map breaks one of the documented constraints: address and strides multiples of 16 bytes, dimensions 1 to 2^32, box 1 to 256, inner box a multiple of 16 bytes and within the swizzle span.',
    cuFuncSetAttribute:
      "the kernel cannot have that much. Shared memory is limited by the device's sharedMemPerBlockOptin, less the kernel's static part.",
    cuMemAlloc_v2: 'the size is not possible. It has to be at least 1 byte.',
    cuMemFree_v2: 'the address is not the start of a live allocation. Was it freed already?',
  },
  CUDA_ERROR_OUT_OF_MEMORY: {
    cuMemHostRegister_v2:
      'the system cannot lock that much memory. Ask for less, or raise the limits of host or container.',
    cuMemAllocHost_v2:
      'the system cannot lock that much memory. Ask for less, or raise the limits of host or container.',
    cuMemAllocFromPoolAsync:
      "the pool, or the device, has too little free memory. Release buffers, raise the pool's maxBytes, or trim other pools.",
  },
  CUDA_ERROR_ILLEGAL_STATE: {
    cuStreamBeginCapture_v2: 'the stream is being captured already. Captures cannot be nested.',
  },
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED: {
    cuStreamBeginCapture_v2:
      'the default stream cannot be captured. Capture one made with context.createStream().',
    cuGraphLaunch: 'a graph cannot be launched into a stream that is being captured.',
  },
  CUDA_ERROR_NOT_FOUND: {
    cuModuleGetFunction:
      'the module has no kernel of that name. Names are compared exactly; C++ kernels have mangled names.',
  },
  CUDA_ERROR_NOT_SUPPORTED: {
    cuLaunchKernelEx:
      'the launch needs something that this device or driver lacks. The emulator answers this for kernels it has no emulation of.',
  },
};

/** One sentence or two in our words; undefined for codes we have none for. */
export function adviceFor(name: string, call: DriverCallName): string | undefined {
  const known = name as ResultName;
  return byCall[known]?.[call] ?? general[known];
}
