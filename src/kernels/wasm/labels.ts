/** Labels on the CPU: assembly/labels behind the kernel's interface. */
import { WorkbenchError } from '../../base/error';
import { wholeLabelBytes } from '../../protocol/labels';
import { hasOwnCommitments, type LabelBatch, type LabelKernel, type LabelRequest } from '../labels';

interface LabelExports {
  readonly memory: WebAssembly.Memory;
  configure(scryptN: number): number;
  commitmentsAt(): number;
  indicesAt(): number;
  labelsAt(): number;
  smallestAt(): number;
  beginSearch(): void;
  hasFound(): number;
  smallestIndex(): bigint;
  compute(count: number, labelBytes: number, search: boolean, each: boolean): number;
}

/** assembly/labels/frame.ts, CAPACITY. */
const capacity = 4096;
/**
 * A batch is to take some tens of milliseconds: 1500 labels per second at N = 8192 on a current core, and
 * up to 300 000 at the smallest N, where Keccak and handing over dominate.
 */
const rowsPerBatch = 64 * 8192;

/**
 * One instance with its own memory: 0.4 MiB and the scratch, 512 bytes × N (4 MiB at N = 8192), sized at
 * the first call.
 * @param module assembly/labels, its SIMD or its scalar build
 */
export function wasmLabelKernel(module: WebAssembly.Module): LabelKernel {
  const kernel = new WebAssembly.Instance(module).exports as unknown as LabelExports;
  let configuredN = 0;

  const configure = (scryptN: number): void => {
    if (scryptN === configuredN) return;
    if (!kernel.configure(scryptN))
      throw new WorkbenchError(
        'memory-short',
        `There is not enough memory for labels with scrypt N = ${scryptN}. Close other pages or use fewer threads.`,
        { scryptN },
      );
    configuredN = scryptN;
  };

  const compute = ({
    commitment,
    scryptN,
    indices,
    labelBytes,
    below,
  }: LabelRequest): LabelBatch => {
    configure(scryptN);
    // Views are taken after configure(): growing the memory detaches older ones.
    const memory = new Uint8Array(kernel.memory.buffer);
    const each = hasOwnCommitments({ commitment });
    if (!each) memory.set(commitment, kernel.commitmentsAt());
    kernel.beginSearch();
    if (below) memory.set(below, kernel.smallestAt());
    const labels = new Uint8Array(indices.length * labelBytes);
    for (let done = 0; done < indices.length; done += capacity) {
      const chunk = indices.subarray(done, done + capacity);
      new BigUint64Array(memory.buffer, kernel.indicesAt(), chunk.length).set(chunk);
      if (each)
        memory.set(
          commitment.subarray(done * 32, (done + chunk.length) * 32),
          kernel.commitmentsAt(),
        );
      kernel.compute(chunk.length, labelBytes, below !== undefined, each);
      const at = kernel.labelsAt();
      labels.set(memory.subarray(at, at + chunk.length * labelBytes), done * labelBytes);
    }
    if (!kernel.hasFound()) return { labels, smallest: undefined };
    const at = kernel.smallestAt();
    const label = memory.slice(at, at + wholeLabelBytes);
    return { labels, smallest: { index: BigInt.asUintN(64, kernel.smallestIndex()), label } };
  };

  return {
    suitableBatch: (scryptN) => Math.min(capacity, Math.ceil(rowsPerBatch / scryptN)),
    compute: (request) => Promise.resolve(compute(request)),
    close: () => undefined,
  };
}
