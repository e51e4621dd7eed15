import { graph } from '../result/index.js';
import type { DriverCalls } from '../sys/index.js';
import { CaptureError } from './capture.js';
import { ContextResource, type ResourceOwner } from './resource.js';

/** What a graph needs of a stream. */
interface GraphStream {
  readonly label: string;
  readonly handle: bigint;
  readonly owner: ResourceOwner;
}

/** What was recorded. */
interface Recording {
  readonly executable: bigint;
  readonly nodeCount: number;
  readonly kernels: readonly string[];
}

/**
 * Work that was recorded once, to be launched as a whole. Create it with `stream.capture(record)`.
 *
 * It holds a copy of each kernel's parameters, and addresses of everything else: buffers, modules and page-locked memory
 * that it uses have to outlive its last launch.
 */
export class Graph extends ContextResource {
  /** How many launches, copies, fills and other operations it holds. */
  readonly nodeCount: number;
  /** The names of the kernels it launches, in the order in which they were recorded. */
  readonly kernels: readonly string[];
  readonly #executable: bigint;

  private constructor(owner: ResourceOwner, { executable, nodeCount, kernels }: Recording) {
    const nodes = `${nodeCount} ${nodeCount === 1 ? 'node' : 'nodes'}`;
    super(owner, `Graph 0x${executable.toString(16)} of ${nodes}`, (calls) =>
      graph.destroyExecutable(calls, executable),
    );
    this.nodeCount = nodeCount;
    this.kernels = kernels;
    this.#executable = executable;
  }

  /** See `stream.capture`. */
  static capture(stream: GraphStream, record: () => void): Graph {
    const { owner, handle } = stream;
    owner.makeCurrent();
    graph.beginCapture(owner.calls, handle);
    const { kernels, recorded } = recordInto(owner, handle, record);
    return new Graph(owner, { ...instantiate(owner.calls, recorded), kernels });
  }

  /**
   * Puts all of it into a stream. Returns at once: errors of the work itself show when the stream is synchronised.
   *
   * @throws CudaError when the driver refuses the launch
   * @throws ReleasedError when the graph or the stream is released
   * @throws ContextLostError after a kernel has made the context unusable
   */
  launch(stream: GraphStream): void {
    const handle = stream.handle;
    if (stream.owner.handle !== this.owner.handle) {
      throw new Error(`${stream.label} and ${this.label} are in different contexts.`);
    }
    graph.launch(this.enter(), this.#executable, handle);
    this.owner.noteLaunch(this.label, handle);
  }
}

/** Whatever happens, the capture ends; if it fails, what was recorded is dropped. */
function recordInto(
  owner: ResourceOwner,
  stream: bigint,
  record: () => void,
): { readonly kernels: readonly string[]; readonly recorded: bigint } {
  try {
    const kernels = owner.whileCapturing(() => {
      const returned: unknown = record();
      if (returned instanceof Promise) {
        returned.catch(() => {});
        throw new CaptureError(
          'A capture ends when its function returns, so that has to be synchronous: do not pass an async function.',
        );
      }
    });
    return { kernels, recorded: graph.endCapture(owner.calls, stream) };
  } catch (error) {
    graph.abandonCapture(owner.calls, stream);
    throw error;
  }
}

/** Only the executable graph is kept: nothing is changed in the other. */
function instantiate(calls: DriverCalls, recorded: bigint): Omit<Recording, 'kernels'> {
  const made = (() => {
    try {
      return { nodeCount: graph.nodeCount(calls, recorded), executable: graph.instantiate(calls, recorded) };
    } catch (error) {
      calls.cuGraphDestroy(recorded);
      throw error;
    }
  })();
  try {
    graph.destroy(calls, recorded);
    return made;
  } catch (error) {
    calls.cuGraphExecDestroy(made.executable);
    throw error;
  }
}
