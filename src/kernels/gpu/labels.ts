/** Labels on the GPU: labels.wgsl behind the kernel's interface. */
import { compareBytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { wholeLabelBytes, type SmallestLabel } from '../../protocol/labels';
import { hasOwnCommitments, type LabelBatch, type LabelKernel, type LabelRequest } from '../labels';
import { GpuHost, type Gpu } from './device';
import keccakSource from './labels-keccak.wgsl?raw';
import labelsSource from './labels.wgsl?raw';

const rowBytes = 128;
const workgroupSize = 64;
const paramsBytes = 32;
/** Commitment and index. */
const passwordBytes = 40;
/** Bindings that are not scratch: passwords and states. */
const otherStorageBuffers = 2;
/**
 * Fewer labels in parallel would leave a discrete GPU's lanes idle; then a larger gap, more arithmetic on
 * fewer rows, is the better use of scarce memory.
 */
const wantedLabels = 4096;
const minGap = 2;
const maxGap = 16;
/** A dispatch of this length keeps the screen alive; watchdogs fire after seconds. */
const dispatchTargetMs = 40;
/** A task is to take this long: short for a cancel, long beside a round trip of about a millisecond. */
const batchTargetMs = 200;

export interface GpuLabelOptions {
  /** Bytes of scratch to ask for; halved until the device gives them. Default 4 GiB, on a software adapter 64 MiB. */
  readonly scratchBytes?: number;
}

/** Memory on the GPU: the scratch, and 168 bytes per label in flight. One batch at a time; calls queue up. */
export function gpuLabelKernel({ scratchBytes }: GpuLabelOptions = {}): LabelKernel {
  const host = new GpuHost((gpu) =>
    LabelEngine.create(gpu, scratchBytes ?? (gpu.description.isFallback ? 2 ** 26 : 2 ** 32)),
  );
  let last: Promise<unknown> = Promise.resolve();
  let batch = (scryptN: number) => Math.max(1, Math.floor(2 ** 19 / scryptN));
  return {
    suitableBatch: (scryptN) => batch(scryptN),
    compute: (request) => {
      const result = last.then(() =>
        host.run(async (engine) => {
          const labels = await engine.compute(request);
          batch = (scryptN) => engine.suitableBatch(scryptN);
          return labels;
        }),
      );
      last = result.catch(() => undefined);
      return result;
    },
    close: () => host.close(),
  };
}

type Stage = 'expand' | 'fill' | 'mix' | 'squeeze';

interface Layout {
  readonly gap: number;
  readonly rowsPerLabel: number;
  readonly labelsPerBank: number;
  /** Labels in flight. */
  readonly labels: number;
}

/** What N and the memory at hand allow. Exported for its tests. */
export function labelLayout(scryptN: number, bankBytes: number, banks: number): Layout {
  for (let gap = minGap; ; gap *= 2) {
    const rowsPerLabel = Math.ceil(scryptN / gap);
    const labelsPerBank = Math.floor(bankBytes / (rowsPerLabel * rowBytes));
    const labels = labelsPerBank * banks;
    if (labels >= wantedLabels || (gap >= maxGap && labels > 0) || gap >= scryptN)
      return { gap, rowsPerLabel, labelsPerBank, labels: Math.min(labels, maxLabelsInFlight) };
  }
}

/** Beyond this, more labels in parallel gain nothing; it bounds passwords, states and results to 19 MiB. */
const maxLabelsInFlight = 65536;

class LabelEngine {
  readonly #device: GPUDevice;
  readonly #isFallback: boolean;
  readonly #pipelines: Readonly<Record<Stage, GPUComputePipeline>>;
  readonly #bindGroup: GPUBindGroup;
  readonly #params: GPUBuffer;
  readonly #passwords: GPUBuffer;
  readonly #states: GPUBuffer;
  readonly #readback: GPUBuffer;
  readonly #bankBytes: number;
  readonly #banks: number;
  /** Label-iterations a second, as measured; a cautious guess before. */
  #iterationsPerMs = 20;

  static async create(gpu: Gpu, scratchBytes: number): Promise<LabelEngine> {
    const banks = await allocateBanks(gpu, scratchBytes);
    const { device } = gpu;
    const module = device.createShaderModule({
      code: [labelsSource, keccakSource, bankSource(banks.length)].join('\n'),
    });
    const layout = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } },
        { binding: 1, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'read-only-storage' } },
        ...[{}, ...banks].map((_, i) => ({
          binding: 2 + i,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: 'storage' as const },
        })),
      ],
    });
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    const pipeline = (entryPoint: Stage) =>
      device.createComputePipelineAsync({
        layout: pipelineLayout,
        compute: { module, entryPoint },
      });
    const [expand, fill, mix, squeeze] = await Promise.all([
      pipeline('expand'),
      pipeline('fill'),
      pipeline('mix'),
      pipeline('squeeze'),
    ]);
    return new LabelEngine(gpu, layout, { expand, fill, mix, squeeze }, banks);
  }

  private constructor(
    { device, description }: Gpu,
    layout: GPUBindGroupLayout,
    pipelines: Readonly<Record<Stage, GPUComputePipeline>>,
    banks: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.#isFallback = description.isFallback;
    this.#pipelines = pipelines;
    this.#bankBytes = banks[0]?.size ?? 0;
    this.#banks = banks.length;
    const buffer = (size: number, usage: number) => device.createBuffer({ size, usage });
    this.#params = buffer(paramsBytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    this.#passwords = buffer(
      passwordBytes * maxLabelsInFlight,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    );
    this.#states = buffer(
      rowBytes * maxLabelsInFlight,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
    );
    this.#readback = buffer(
      rowBytes * maxLabelsInFlight,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
    this.#bindGroup = device.createBindGroup({
      layout,
      entries: [this.#params, this.#passwords, this.#states, ...banks].map((resource, binding) => ({
        binding,
        resource: { buffer: resource },
      })),
    });
  }

  /** Complete loads of the scratch that fit into the time that a task may take. */
  suitableBatch(scryptN: number): number {
    const { labels } = labelLayout(scryptN, this.#bankBytes, this.#banks);
    const inTime = Math.floor((this.#iterationsPerMs * batchTargetMs) / (2 * scryptN));
    if (inTime < labels) return this.#isFallback ? Math.max(1, inTime) : labels;
    return labels * Math.floor(inTime / labels);
  }

  async compute({
    commitment,
    scryptN,
    indices,
    labelBytes,
    below,
  }: LabelRequest): Promise<LabelBatch> {
    const layout = labelLayout(scryptN, this.#bankBytes, this.#banks);
    const labels = new Uint8Array(indices.length * labelBytes);
    let bound = below;
    let smallest: SmallestLabel | undefined;
    for (let done = 0; done < indices.length; done += layout.labels) {
      const chunk = indices.subarray(done, done + layout.labels);
      const states = await this.#computeChunk(
        hasOwnCommitments({ commitment })
          ? commitment.subarray(done * 32, (done + chunk.length) * 32)
          : commitment,
        scryptN,
        chunk,
        layout,
      );
      chunk.forEach((index, i) => {
        const label = states.subarray(i * rowBytes, i * rowBytes + wholeLabelBytes);
        labels.set(label.subarray(0, labelBytes), (done + i) * labelBytes);
        if (!bound || compareBytes(label, bound) >= 0) return;
        bound = label.slice();
        smallest = { index, label: bound };
      });
    }
    return { labels, smallest };
  }

  /** Runs all stages over labels that fit the scratch; their states, 128 bytes each, begin with the labels. */
  async #computeChunk(
    commitment: Uint8Array,
    scryptN: number,
    indices: BigUint64Array,
    { gap, rowsPerLabel, labelsPerBank }: Layout,
  ): Promise<Uint8Array> {
    const count = indices.length;
    const { queue } = this.#device;
    queue.writeBuffer(this.#passwords, 0, passwordsOf(commitment, indices));
    const params = new Uint32Array(paramsBytes / 4);
    const submit = (stage: Stage, start = 0, iterations = 0): Promise<undefined> => {
      params.set([scryptN, gap, count, start, iterations, labelsPerBank, rowsPerLabel]);
      queue.writeBuffer(this.#params, 0, params);
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(this.#pipelines[stage]);
      pass.setBindGroup(0, this.#bindGroup);
      pass.dispatchWorkgroups(Math.ceil(count / workgroupSize));
      pass.end();
      if (stage === 'squeeze')
        encoder.copyBufferToBuffer(this.#states, 0, this.#readback, 0, count * rowBytes);
      queue.submit([encoder.finish()]);
      return queue.onSubmittedWorkDone();
    };
    await submit('expand');
    await this.#inSteps(scryptN, count, (start, iterations) => submit('fill', start, iterations));
    await this.#inSteps(scryptN, count, (start, iterations) => submit('mix', start, iterations));
    void submit('squeeze').catch(() => undefined);
    await this.#readback.mapAsync(GPUMapMode.READ, 0, count * rowBytes);
    const states = new Uint8Array(this.#readback.getMappedRange(0, count * rowBytes)).slice();
    this.#readback.unmap();
    return states;
  }

  /** Deals out N iterations in short dispatches, the next one queued while one runs, and learns the speed. */
  async #inSteps(
    scryptN: number,
    count: number,
    submit: (start: number, iterations: number) => Promise<undefined>,
  ): Promise<void> {
    let running: Promise<void> = Promise.resolve();
    let finishedMs = performance.now();
    for (let start = 0; start < scryptN;) {
      const suitable = Math.floor((this.#iterationsPerMs * dispatchTargetMs) / count);
      const iterations = Math.min(scryptN - start, Math.max(1, suitable));
      const done = submit(start, iterations);
      await running;
      running = done.then(() => {
        const nowMs = performance.now();
        const elapsedMs = Math.max(0.1, nowMs - finishedMs);
        finishedMs = nowMs;
        // At most doubled at a time: one odd measurement must not make a dispatch that a watchdog kills.
        const measured = (iterations * count) / elapsedMs;
        this.#iterationsPerMs = Math.min(measured, 2 * this.#iterationsPerMs);
      });
      start += iterations;
    }
    await running;
  }
}

/** What each label is hashed from, as labels.wgsl reads it. One commitment is that of all. */
function passwordsOf(commitment: Uint8Array, indices: BigUint64Array): BigUint64Array<ArrayBuffer> {
  const words = new BigUint64Array((indices.length * passwordBytes) / 8);
  const commitments = new BigUint64Array(commitment.slice().buffer);
  const each = commitments.length > 4 ? 4 : 0;
  indices.forEach((index, i) => {
    words.set(commitments.subarray(each * i, each * i + 4), 5 * i);
    words[5 * i + 4] = index;
  });
  return words;
}

/**
 * Buffers of equal size that together have `scratchBytes`, within the adapter's limits. A device that
 * cannot give that much is asked for half, and so on.
 */
async function allocateBanks(
  { device, description: { limits } }: Gpu,
  scratchBytes: number,
): Promise<GPUBuffer[]> {
  const maxBanks = limits.maxStorageBuffersPerShaderStage - otherStorageBuffers;
  const maxBankBytes = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const leastBytes = 2 ** 22;
  for (let wanted = scratchBytes; wanted >= leastBytes; wanted /= 2) {
    const banks = Math.min(maxBanks, Math.ceil(wanted / maxBankBytes));
    const size = Math.floor(Math.min(maxBankBytes, wanted / banks) / rowBytes) * rowBytes;
    device.pushErrorScope('out-of-memory');
    const buffers = Array.from({ length: banks }, () =>
      device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }),
    );
    if ((await device.popErrorScope()) === null) return buffers;
    for (const buffer of buffers) buffer.destroy();
  }
  throw new WorkbenchError(
    'gpu-memory-short',
    'The GPU has no memory left for labels. Close other programs that use it, or use the CPU.',
    { leastBytes },
  );
}

/** The scratch as several bindings: WGSL cannot index bindings, so a switch chooses. */
function bankSource(banks: number): string {
  const each = (line: (bank: number) => string) =>
    Array.from({ length: banks }, (_, bank) => line(bank)).join('\n');
  const words = [0, 1, 2, 3, 4, 5, 6, 7];
  return `
${each((b) => `@group(0) @binding(${3 + b}) var<storage, read_write> bank${b}: array<vec4u>;`)}

fn rowAt(label: u32, row: u32) -> u32 {
  return 8u * ((label % params.labelsPerBank) * params.rowsPerLabel + row);
}

fn loadRow(label: u32, row: u32) -> Chunk {
  let at = rowAt(label, row);
  switch (label / params.labelsPerBank) {
${each((b) => `    case ${b}u: { return Chunk(${words.map((w) => `bank${b}[at + ${w}u]`).join(', ')}); }`)}
    default: { return Chunk(); }
  }
}

fn storeRow(label: u32, row: u32, x: Chunk) {
  let at = rowAt(label, row);
  switch (label / params.labelsPerBank) {
${each((b) => `    case ${b}u: { ${words.map((w) => `bank${b}[at + ${w}u] = x[${w}];`).join(' ')} }`)}
    default: {}
  }
}
`;
}
