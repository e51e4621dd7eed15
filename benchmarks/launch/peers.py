"""Host time of a launch from Python: an empty kernel through CuPy and cuda.core, medians of rounds of 500. Prints a line of JSON each."""
import json
import statistics
import time

LAUNCHES, ROUNDS = 500, 40


def report(name, rounds):
    us = statistics.median(rounds)
    print(json.dumps({"name": name, "value": round(us, 2), "unit": "µs", "details": {"rounds": len(rounds)}}))


def timed(launch, synchronize):
    rounds = []
    for i in range(ROUNDS + 5):
        start = time.perf_counter_ns()
        for _ in range(LAUNCHES):
            launch()
        elapsed = time.perf_counter_ns() - start
        synchronize()
        if i >= 5:
            rounds.append(elapsed / LAUNCHES / 1000)
    return rounds


def cupy_launch():
    import cupy

    kernel = cupy.RawKernel('extern "C" __global__ void empty(int) {}', "empty")
    argument = cupy.int32(0)
    report("launch-cupy", timed(lambda: kernel((1,), (160,), (argument,)), cupy.cuda.get_current_stream().synchronize))


def cuda_core_launch():
    try:
        from cuda.core import Device, LaunchConfig, Program, ProgramOptions, launch
    except ImportError:
        from cuda.core.experimental import Device, LaunchConfig, Program, ProgramOptions, launch
    import numpy

    device = Device()
    device.set_current()
    stream = device.create_stream()
    arch = "".join(str(part) for part in device.compute_capability)
    program = Program('extern "C" __global__ void empty(int) {}', "c++", ProgramOptions(arch=f"sm_{arch}"))
    kernel = program.compile("cubin").get_kernel("empty")
    config = LaunchConfig(grid=1, block=160)
    argument = numpy.int32(0)
    report("launch-cuda-core", timed(lambda: launch(stream, config, kernel, argument), stream.sync))


for measure in (cupy_launch, cuda_core_launch):
    try:
        measure()
    except Exception as error:  # A peer that is not installed is told, and the others go on.
        print(json.dumps({"name": measure.__name__, "error": str(error)[:200]}))
