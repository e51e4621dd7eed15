"""Times what PyTorch offers (cuBLASLt, CUTLASS) on the problems of bench.cu, and in the same way.

    python3 benchmarks/kernels/peers.py [--only PROBLEM] [--groups N] [--rest MS] [--json FILE]

Random data; inputs and outputs in as many copies as make 300 MB, each launch takes the next; CUDA events around a group of
launches after one that is not counted; the functions take turns, group by group; the median of the groups. Some elements are
compared with dot products in double precision. A function that the installed version lacks or refuses is named, with its
words. Grouped GEMMs with block scales are not in PyTorch; DeepGEMM is the peer there, and measured separately.
"""
import argparse
import json
import math
import statistics
import sys
import time

import torch

PROBLEMS = [  # experts, tokens each, N, K
    (1, 4096, 4096, 7168), (1, 8192, 7168, 2048), (8, 1024, 4096, 7168), (8, 1024, 7168, 2048), (32, 256, 4096, 7168),
    (32, 256, 7168, 2048), (64, 128, 4096, 7168), (64, 128, 7168, 2048), (32, 8, 4096, 7168), (32, 64, 4096, 7168),
    (256, 2, 4096, 7168),
]
DEVICE = "cuda"
E4M3, BF16 = torch.float8_e4m3fn, torch.bfloat16


class Refused(Exception):
    """The installed version lacks a function, or does not take these operands."""


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def random_e4m3(*shape):
    """Magnitudes in [1/4, 4), both signs."""
    codes = torch.randint(0x28, 0x48, shape, dtype=torch.uint8, device=DEVICE)
    codes += torch.randint(0, 2, shape, dtype=torch.uint8, device=DEVICE) * 0x80
    return codes.view(E4M3)


def random_scales(*shape):
    return torch.rand(shape, device=DEVICE) * 0.75 + 0.25


class Operands:
    """One copy: activations [tokens, k] and weights [experts, n, k], with scales that the functions expand or take as they are."""

    def __init__(self, problem, dtype):
        experts, tokens, n, k = problem
        total = experts * tokens
        if dtype == E4M3:
            self.a, self.b = random_e4m3(total, k), random_e4m3(experts, n, k)
        else:
            self.a = torch.randn(total, k, dtype=BF16, device=DEVICE)
            self.b = torch.randn(experts, n, k, dtype=BF16, device=DEVICE)
        self.tensor_a, self.tensor_b = random_scales(1), random_scales(1)
        self.row_a, self.row_b = random_scales(total), random_scales(experts, n)
        self.block_a, self.block_b = random_scales(k // 128, total), random_scales(experts, n // 128, k // 128)
        self.offsets = torch.arange(tokens, total + 1, tokens, dtype=torch.int32, device=DEVICE)
        self.output = None


# ---- The functions. Each prepares a call with one copy's operands and says how its scales expand, for the reference -------


def per_tensor(fast):
    def prepare(o):
        b = o.b[0].t()
        return lambda: torch._scaled_mm(o.a, b, scale_a=o.tensor_a, scale_b=o.tensor_b, out_dtype=BF16, use_fast_accum=fast)

    return prepare


def rowwise(fast):
    def prepare(o):
        b, scale_a, scale_b = o.b[0].t(), o.row_a[:, None], o.row_b[0][None, :]
        return lambda: torch._scaled_mm(o.a, b, scale_a=scale_a, scale_b=scale_b, out_dtype=BF16, use_fast_accum=fast)

    return prepare


def blockwise_candidates(o):
    """Versions differ in the function and in how the weights' scales lie; the scales of activations are token-contiguous."""
    b, scale_a, block_b = o.b[0].t(), o.block_a.t(), o.block_b[0]  # scale_a [tokens, k/128], strides (1, tokens)
    layouts = {
        "[k/128, n/128], k contiguous": block_b.t(),
        "[k/128, n/128], n contiguous": block_b.t().contiguous(),
        "[n/128, k/128], k contiguous": block_b,
        "[n/128, k/128], n contiguous": block_b.t().contiguous().t(),
    }
    functional = getattr(torch.nn.functional, "scaled_mm", None)
    scaling = getattr(torch.nn.functional, "ScalingType", None)
    for name, scale_b in layouts.items():
        if functional is not None and scaling is not None:
            yield f"functional.scaled_mm, {name}", lambda s=scale_b: functional(
                o.a, b, scale_a, scaling.BlockWise1x128, s, scaling.BlockWise128x128, output_dtype=BF16)
    for name, scale_b in layouts.items():
        yield f"_scaled_mm, {name}", lambda s=scale_b: torch._scaled_mm(o.a, b, scale_a=scale_a, scale_b=s, out_dtype=BF16)


chosen_blockwise = {}  # problem -> name of the candidate that computes the right thing


def blockwise(problem, reference_is_met):
    def prepare(o):
        words = {}
        for name, call in blockwise_candidates(o):
            if chosen_blockwise.get(problem, name) != name:
                continue
            try:
                output = call()
                torch.cuda.synchronize()
            except (RuntimeError, TypeError, ValueError, AttributeError) as error:
                words[name] = first_line(error)
                continue
            if problem in chosen_blockwise or reference_is_met(o, output):
                chosen_blockwise[problem] = name
                return call
            words[name] = "accepted, but computes something else"
        raise Refused("; ".join(f"{name}: {reason}" for name, reason in words.items()))

    return prepare


def bf16(o):
    b = o.b[0].t()
    return lambda: torch.mm(o.a, b)


def grouped_rowwise(fast):
    def prepare(o):
        function = getattr(torch, "_scaled_grouped_mm", None)
        if function is None:
            raise Refused("torch._scaled_grouped_mm does not exist")
        b = o.b.transpose(-2, -1)
        return lambda: function(o.a, b, o.row_a, o.row_b, offs=o.offsets, out_dtype=BF16, use_fast_accum=fast)

    return prepare


def grouped_bf16(o):
    function = getattr(torch, "_grouped_mm", None) or getattr(torch.nn.functional, "grouped_mm", None)
    if function is None:
        raise Refused("torch._grouped_mm does not exist")
    b = o.b.transpose(-2, -1)
    return lambda: function(o.a, b, offs=o.offsets)


# ---- The reference: some elements --------------------------------------------------------------------------------------


def rows_as_double(matrix, rows):
    """By way of bytes and single precision: not everything takes 8-bit floats."""
    if matrix.dtype == E4M3:
        return matrix.view(torch.uint8)[rows].view(E4M3).to(torch.float32).double()
    return matrix[rows].double()


def meets_reference(problem, scaling, o, output):
    experts, tokens, n, k = problem
    if output is None or tuple(output.shape) != (experts * tokens, n):
        return False
    generator = torch.Generator().manual_seed(5)
    for expert in {0, experts - 1}:
        rows = torch.randint(0, tokens, (16,), generator=generator).to(DEVICE) + expert * tokens
        channels = torch.randint(0, n, (16,), generator=generator).to(DEVICE)
        a, b = rows_as_double(o.a, rows), rows_as_double(o.b[expert], channels)
        if scaling == "per-tensor":
            a, b = a * o.tensor_a.double(), b * o.tensor_b.double()
        elif scaling == "rowwise":
            a, b = a * o.row_a[rows].double()[:, None], b * o.row_b[expert][channels].double()[:, None]
        elif scaling == "block-scaled":
            a = a * o.block_a[:, rows].t().double().repeat_interleave(128, dim=1)
            b = b * o.block_b[expert][channels // 128].double().repeat_interleave(128, dim=1)
        want, typical = a @ b.t(), ((a * a) @ (b * b).t()).sqrt()
        got = output[rows][:, channels].double()
        if not bool(((got - want).abs() <= want.abs() / 128 + 0.03 * typical).all()):
            return False
    return True


# ---- Measuring ---------------------------------------------------------------------------------------------------------


def bytes_moved(problem, scaling):
    experts, tokens, n, k = problem
    total, size = experts * tokens, 2 if scaling == "bfloat16" else 1
    scales = {"rowwise": total + experts * n, "block-scaled": total * k // 128 + experts * n * k // 128**2}.get(scaling, 0)
    return (experts * n * k + total * k) * size + 4 * scales + total * n * 2


def functions_for(problem):
    """name, scaling, prepare"""
    if problem[0] > 1:
        return [
            ("_scaled_grouped_mm rowwise", "rowwise", grouped_rowwise(False)),
            ("_scaled_grouped_mm rowwise, fast accumulation", "rowwise", grouped_rowwise(True)),
            ("grouped_mm bf16", "bfloat16", grouped_bf16),
        ]
    return [
        ("_scaled_mm per tensor", "per-tensor", per_tensor(False)),
        ("_scaled_mm per tensor, fast accumulation", "per-tensor", per_tensor(True)),
        ("_scaled_mm rowwise", "rowwise", rowwise(False)),
        ("_scaled_mm rowwise, fast accumulation", "rowwise", rowwise(True)),
        ("scaled_mm 1x128 by 128x128", "block-scaled",
         blockwise(problem, lambda o, output: meets_reference(problem, "block-scaled", o, output))),
        ("mm bf16", "bfloat16", bf16),
    ]


class Peer:
    def __init__(self, name, scaling, operands, prepare):
        self.name, self.scaling, self.operands = name, scaling, operands
        self.calls = [prepare(o) for o in operands]
        self.next = 0
        self.times = []
        self.events = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)

    def launch(self):
        index = self.next
        self.operands[index].output = self.calls[index]()  # kept, so that the outputs of the copies are different memory
        self.next = (index + 1) % len(self.calls)

    def group(self, launches):
        self.launch()
        start, end = self.events
        start.record()
        for _ in range(launches):
            self.launch()
        end.record()

    def finish(self, launches):
        self.times.append(self.events[0].elapsed_time(self.events[1]) * 1000 / launches)

    def is_right(self, problem):
        output = self.calls[0]()
        torch.cuda.synchronize()
        return meets_reference(problem, self.scaling, self.operands[0], output)


def copies_of(problem, dtype):
    scaling = "block-scaled" if dtype == E4M3 else "bfloat16"
    return max(1, math.ceil(300e6 / bytes_moved(problem, scaling)))


def measure(problem, groups, rest, emit):
    experts, tokens, n, k = problem
    name = f"{experts}x{tokens},{n},{k}"
    print(f"\n{name}")
    operands, peers = {}, []
    for function, scaling, prepare in functions_for(problem):
        dtype = BF16 if scaling == "bfloat16" else E4M3
        fields = {"problem": name, "experts": experts, "tokensEach": tokens, "n": n, "k": k, "kernel": function, "scaling": scaling}
        try:
            if dtype not in operands:
                operands[dtype] = [Operands(problem, dtype) for _ in range(copies_of(problem, dtype))]
            peer = Peer(function, scaling, operands[dtype], prepare)
            for _ in range(2):
                peer.group(2)
                torch.cuda.synchronize()
                peer.finish(2)
        except Exception as error:  # what the installed version refuses is told, and the others go on
            torch.cuda.synchronize()
            print(f"  skipped: {function}: {error if isinstance(error, Refused) else first_line(error)}")
            emit({**fields, "skipped": str(error)[:1000]})
            continue
        peers.append((peer, fields))
    if not peers:
        return 0
    if experts > 1:
        print("  skipped: block-scaled grouped: not in PyTorch (DeepGEMM's figures were measured separately)")
    launches = 10 if min(peer.times[-1] for peer, _ in peers) > 1000 else 20
    for peer, _ in peers:
        peer.times.clear()
    for _ in range(groups):
        for peer, _ in peers:
            if rest > 0:  # as in bench.cu
                torch.cuda.synchronize()
                time.sleep(rest / 1000)
            peer.group(launches)
        torch.cuda.synchronize()
        for peer, _ in peers:
            peer.finish(launches)
    for peer, fields in sorted(peers, key=lambda each: statistics.median(each[0].times)):
        us = statistics.median(peer.times)
        tflops, gbps = 2 * experts * tokens * n * k / us / 1e6, bytes_moved(problem, peer.scaling) / us / 1e3
        verdict = "ok" if peer.is_right(problem) else "wrong"
        note = f" ({chosen_blockwise[problem]})" if peer.scaling == "block-scaled" and problem in chosen_blockwise else ""
        print(f"  {us:9.1f} us {min(peer.times):9.1f} {max(peer.times):9.1f} {tflops:7.0f} TFLOPS {gbps:6.0f} GB/s  {verdict:5}  {peer.name}{note}")
        emit({**fields, "medianUs": round(us, 3), "minUs": round(min(peer.times), 3), "maxUs": round(max(peer.times), 3),
              "tflops": round(tflops, 1), "gbps": round(gbps, 1), "check": verdict, "copies": len(peer.calls), "groups": groups,
              "launchesPerGroup": launches, "restMs": rest})
    sys.stdout.flush()
    return len(peers)


def copy_bandwidth():
    source = torch.randint(0, 256, (1 << 31,), dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    times = []
    for _ in range(13):
        start.record()
        target.copy_(source)
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return 2 * source.numel() / statistics.median(times[3:]) / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--groups", type=int, default=15)
    parser.add_argument("--rest", type=int, default=0, metavar="MS")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    lines = open(arguments.json, "w") if arguments.json else None

    def emit(fields):
        if lines:
            print(json.dumps(fields), file=lines, flush=True)

    torch.manual_seed(1)
    copy = copy_bandwidth()
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}, copy {copy:.0f} GB/s (read and written)")
    emit({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "cuda": torch.version.cuda, "copyGbps": round(copy, 1)})
    measured = 0
    for problem in PROBLEMS:
        if arguments.only not in "{}x{},{},{}".format(*problem):
            continue
        torch.cuda.empty_cache()
        measured += measure(problem, max(1, arguments.groups), max(0, arguments.rest), emit)
    return 0 if measured > 0 else 1


sys.exit(main())
