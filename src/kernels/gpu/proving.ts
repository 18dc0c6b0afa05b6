/** The proving scan on the GPU: proving.wgsl behind the kernel's interface. */
import { expandKey, sBox } from '../../protocol/aes';
import { type Bytes, concatBytes } from '../../base/bytes';
import { labelBytes, noncesPerGroup } from '../../protocol/units';
import { foldedSchedule, scheduleBytes, splitKeys, zeroSchedule } from '../key-schedules';
import type { GoodLabels, ProvingJob, ProvingKernel } from '../proving';
import { GpuHost, type Gpu } from './device';
import source from './proving.wgsl?raw';

/** Labels that a workgroup scans: 64 invocations of 32 lanes. A block of these under one group is a unit of work. */
const blockLabels = 2048;
const maxBlocks = 512;
const masksPerKey = scheduleBytes * 8;
/** One block under one group can at worst put all its labels into a list, for each of 16 nonces. */
const leastListEntries = blockLabels * noncesPerGroup;
/** A label's output byte equals the difficulty's once in 256: half a list is then in use. */
const listEntriesPerUnit = 2 * (leastListEntries / 256);
const entryBytes = 8;
const countersBytes = 16;
/** Uniform offsets must be multiples of 256. */
const paramsStride = 256;
const maxSteps = 64;
/** A submission of this length keeps the screen alive, and is long beside its round trip. */
const submissionTargetMs = 40;

export interface GpuProvingOptions {
  /** Entries of each list on the GPU, 8 bytes each; at least 32768. Smaller lists mean more, smaller steps. */
  readonly listEntries?: number;
}

/** Memory on the GPU: 48 MiB for 16 MiB of labels at a time, 16 bytes per list entry, and 0.5 KiB per nonce. */
export function gpuProvingKernel({ listEntries = 2 ** 20 }: GpuProvingOptions = {}): ProvingKernel {
  const host = new GpuHost((gpu) =>
    ProvingEngine.create(gpu, Math.max(leastListEntries, listEntries)),
  );
  let job: ProvingJob | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    setJob: (next) => {
      job = next;
    },
    scan: (labels) => {
      // One scan at a time; the caller reads the next slice meanwhile.
      const result = last.then(() =>
        host.run(async (engine) => {
          if (!job) throw new RangeError('setJob comes before scan.');
          return engine.scan(job, labels);
        }),
      );
      last = result.catch(() => undefined);
      return result;
    },
    close: () => host.close(),
  };
}

type Stage = 'slice' | 'scan' | 'decide' | 'arrange';

interface Pipelines extends Readonly<Record<Stage, GPUComputePipeline>> {
  /** `scan` for msb > 0. */
  readonly scanWithLastRound: GPUComputePipeline;
}

interface Layouts {
  readonly main: GPUBindGroupLayout;
  readonly arrange: GPUBindGroupLayout;
}

/** Blocks and groups that one dispatch takes. */
interface Step {
  readonly firstBlock: number;
  readonly blocks: number;
  readonly firstGroup: number;
  readonly groups: number;
}

/** The buffers that depend on the job. */
interface LoadedJob {
  readonly job: ProvingJob;
  readonly groups: number;
  readonly main: GPUBindGroup;
  readonly buffers: readonly GPUBuffer[];
}

class ProvingEngine {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #layouts: Layouts;
  readonly #listEntries: number;
  readonly #params: GPUBuffer;
  readonly #staging: GPUBuffer;
  readonly #labels: GPUBuffer;
  readonly #planes: GPUBuffer;
  readonly #table: GPUBuffer;
  readonly #counters: GPUBuffer;
  readonly #equal: GPUBuffer;
  readonly #good: GPUBuffer;
  readonly #dispatch: GPUBuffer;
  readonly #arrange: GPUBindGroup;
  #loaded: LoadedJob | undefined;
  /** As measured; a cautious guess before. */
  #unitsPerMs = 1;

  static async create({ device }: Gpu, listEntries: number): Promise<ProvingEngine> {
    const module = device.createShaderModule({ code: source });
    const buffer = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: type === 'uniform' },
    });
    const layouts: Layouts = {
      main: device.createBindGroupLayout({
        entries: [
          buffer(0, 'uniform'),
          buffer(1, 'read-only-storage'),
          buffer(2, 'storage'),
          buffer(3, 'read-only-storage'),
          buffer(4, 'read-only-storage'),
          buffer(5, 'read-only-storage'),
          buffer(6, 'storage'),
          buffer(7, 'storage'),
          buffer(8, 'storage'),
        ],
      }),
      // A buffer that states how large a dispatch is cannot be bound in it: it has a group of its own.
      arrange: device.createBindGroupLayout({
        entries: [buffer(0, 'uniform'), buffer(6, 'storage'), buffer(9, 'storage')],
      }),
    };
    const pipeline = (
      entryPoint: Stage,
      constants: Record<string, number> = {},
    ): Promise<GPUComputePipeline> =>
      device.createComputePipelineAsync({
        layout: device.createPipelineLayout({
          bindGroupLayouts: [entryPoint === 'arrange' ? layouts.arrange : layouts.main],
        }),
        compute: { module, entryPoint, constants },
      });
    const [slice, scan, scanWithLastRound, decide, arrange] = await Promise.all([
      pipeline('slice'),
      pipeline('scan'),
      pipeline('scan', { with_last_round: 1 }),
      pipeline('decide'),
      pipeline('arrange'),
    ]);
    const pipelines = { slice, scan, scanWithLastRound, decide, arrange };
    return new ProvingEngine(device, pipelines, layouts, listEntries);
  }

  private constructor(
    device: GPUDevice,
    pipelines: Pipelines,
    layouts: Layouts,
    listEntries: number,
  ) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#layouts = layouts;
    this.#listEntries = listEntries;
    const {
      STORAGE: storage,
      UNIFORM: uniform,
      INDIRECT: indirect,
      COPY_SRC: copySource,
      COPY_DST: copyTarget,
      MAP_WRITE: mapWrite,
    } = GPUBufferUsage;
    const buffer = (size: number, usage: number): GPUBuffer => device.createBuffer({ size, usage });
    const labelsBytes = maxBlocks * blockLabels * labelBytes;
    this.#params = buffer(maxSteps * paramsStride, uniform | copyTarget);
    this.#staging = device.createBuffer({
      size: labelsBytes,
      usage: mapWrite | copySource,
      mappedAtCreation: true,
    });
    this.#labels = buffer(labelsBytes, storage | copyTarget);
    this.#planes = buffer(labelsBytes, storage);
    this.#table = this.#upload(roundTable());
    this.#counters = buffer(countersBytes, storage | copySource | copyTarget);
    this.#equal = buffer(listEntries * entryBytes, storage);
    this.#good = buffer(listEntries * entryBytes, storage | copySource);
    this.#dispatch = buffer(12, storage | indirect);
    this.#arrange = device.createBindGroup({
      layout: layouts.arrange,
      entries: [
        { binding: 0, resource: { buffer: this.#params, size: paramsStride } },
        { binding: 6, resource: { buffer: this.#counters } },
        { binding: 9, resource: { buffer: this.#dispatch } },
      ],
    });
  }

  async scan(job: ProvingJob, labels: Bytes): Promise<GoodLabels> {
    const loaded = this.#load(job);
    const found: number[] = [];
    const nonces: number[] = [];
    const atOnce = maxBlocks * blockLabels;
    const total = Math.floor(labels.length / labelBytes);
    for (let base = 0; base < total; base += atOnce) {
      const count = Math.min(atOnce, total - base);
      const pairs = await this.#scanChunk(
        loaded,
        labels.subarray(base * labelBytes, (base + count) * labelBytes),
      );
      for (let i = 0; i < pairs.length; i += 2) {
        found.push(base + (pairs[i] ?? 0));
        nonces.push(job.firstNonce + (pairs[i + 1] ?? 0));
      }
    }
    return { labels: Uint32Array.from(found), nonces: Uint32Array.from(nonces) };
  }

  #load(job: ProvingJob): LoadedJob {
    if (this.#loaded?.job === job) return this.#loaded;
    for (const buffer of this.#loaded?.buffers ?? []) buffer.destroy();
    const groupSchedule = job.msb === 0 ? zeroSchedule : foldedSchedule;
    const masks = this.#upload(keyMasks(splitKeys(job.groupKeys).map(groupSchedule)));
    const schedules = this.#upload(concatBytes(...splitKeys(job.lazyKeys).map(expandKey)));
    const buffers = [
      this.#labels,
      this.#planes,
      masks,
      schedules,
      this.#table,
      this.#counters,
      this.#equal,
      this.#good,
    ];
    const main = this.#device.createBindGroup({
      layout: this.#layouts.main,
      entries: [
        { binding: 0, resource: { buffer: this.#params, size: paramsStride } },
        ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
      ],
    });
    const groups = job.groupKeys.length / labelBytes;
    return (this.#loaded = { job, groups, main, buffers: [masks, schedules] });
  }

  async #scanChunk(loaded: LoadedJob, labels: Bytes): Promise<Uint32Array> {
    const count = labels.length / labelBytes;
    const blocks = Math.ceil(count / blockLabels);
    if (this.#staging.mapState === 'unmapped') await this.#staging.mapAsync(GPUMapMode.WRITE);
    new Uint8Array(this.#staging.getMappedRange()).set(labels);
    this.#staging.unmap();
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#staging, 0, this.#labels, 0, labels.length);
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipelines.slice);
    pass.setBindGroup(0, loaded.main, [0]);
    pass.dispatchWorkgroups(blocks);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);

    const found: Uint32Array[] = [];
    const all = this.#stepsOf(blocks, loaded.groups);
    for (let next = 0; next < all.length;) {
      const steps: Step[] = [];
      for (let units = 0; next < all.length && steps.length < maxSteps; next++) {
        const step = all[next];
        if (!step || (units > 0 && units + unitsOf(step) > this.#targetUnits())) break;
        steps.push(step);
        units += unitsOf(step);
      }
      found.push(...(await this.#run(loaded, steps, count)));
    }
    return joinedWords(found);
  }

  #targetUnits(): number {
    return Math.max(1, Math.floor(this.#unitsPerMs * submissionTargetMs));
  }

  /** Rectangles of blocks and groups whose expected candidates fill half a list. */
  #stepsOf(blocks: number, groups: number): Step[] {
    const units = Math.min(
      Math.max(1, Math.floor(this.#listEntries / listEntriesPerUnit)),
      this.#targetUnits(),
    );
    const groupsAtOnce = Math.min(groups, units);
    const blocksAtOnce = Math.max(1, Math.floor(units / groupsAtOnce));
    const steps: Step[] = [];
    for (let firstBlock = 0; firstBlock < blocks; firstBlock += blocksAtOnce)
      for (let firstGroup = 0; firstGroup < groups; firstGroup += groupsAtOnce)
        steps.push({
          firstBlock,
          blocks: Math.min(blocksAtOnce, blocks - firstBlock),
          firstGroup,
          groups: Math.min(groupsAtOnce, groups - firstGroup),
        });
    return steps;
  }

  /** Runs steps in one submission; if a list overflowed, again in smaller parts, so that nothing is lost. */
  async #run(
    loaded: LoadedJob,
    steps: readonly Step[],
    labels: number,
  ): Promise<readonly Uint32Array[]> {
    const startMs = performance.now();
    const { good, overflows } = await this.#submit(loaded, steps, labels);
    const units = steps.reduce((sum, step) => sum + unitsOf(step), 0);
    const measured = units / Math.max(0.1, performance.now() - startMs);
    // At most doubled at a time: one odd measurement must not make a dispatch that a watchdog kills.
    this.#unitsPerMs = Math.min(measured, 2 * this.#unitsPerMs);
    if (overflows === 0 && good <= this.#listEntries)
      return good === 0 ? [] : [await this.#read(this.#good, good * entryBytes)];
    const found: Uint32Array[] = [];
    const [only] = steps;
    const parts = steps.length === 1 && only ? halves(only) : steps;
    for (const part of parts) found.push(...(await this.#run(loaded, [part], labels)));
    return found;
  }

  async #submit(
    { job, main }: LoadedJob,
    steps: readonly Step[],
    labels: number,
  ): Promise<{ good: number; overflows: number }> {
    const params = new Uint32Array((steps.length * paramsStride) / 4);
    for (const [i, { firstBlock, firstGroup }] of steps.entries())
      params.set(
        [
          labels,
          firstBlock,
          firstGroup,
          job.msb,
          Number(job.lsb & 0xffff_ffffn),
          Number(job.lsb >> 32n),
          this.#listEntries,
        ],
        (i * paramsStride) / 4,
      );
    this.#device.queue.writeBuffer(this.#params, 0, params);
    const encoder = this.#device.createCommandEncoder();
    encoder.clearBuffer(this.#counters);
    const pass = encoder.beginComputePass();
    const scan = job.msb === 0 ? this.#pipelines.scan : this.#pipelines.scanWithLastRound;
    for (const [i, { blocks, groups }] of steps.entries()) {
      const offset = [i * paramsStride];
      pass.setPipeline(scan);
      pass.setBindGroup(0, main, offset);
      pass.dispatchWorkgroups(blocks, groups);
      pass.setPipeline(this.#pipelines.arrange);
      pass.setBindGroup(0, this.#arrange, offset);
      pass.dispatchWorkgroups(1);
      pass.setPipeline(this.#pipelines.decide);
      pass.setBindGroup(0, main, offset);
      pass.dispatchWorkgroupsIndirect(this.#dispatch, 0);
    }
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
    const [good = 0, overflows = 0] = await this.#read(this.#counters, countersBytes);
    return { good, overflows };
  }

  async #read(from: GPUBuffer, size: number): Promise<Uint32Array> {
    const readback = this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, readback, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await readback.mapAsync(GPUMapMode.READ);
    const words = new Uint32Array(readback.getMappedRange()).slice();
    readback.destroy();
    return words;
  }

  #upload(data: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
    const buffer = this.#device.createBuffer({
      size: data.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    });
    this.#device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }
}

const unitsOf = ({ blocks, groups }: Step): number => blocks * groups;

function halves(step: Step): Step[] {
  if (step.groups > 1) {
    const groups = Math.floor(step.groups / 2);
    return [
      { ...step, groups },
      { ...step, firstGroup: step.firstGroup + groups, groups: step.groups - groups },
    ];
  }
  const blocks = Math.floor(step.blocks / 2);
  if (blocks === 0) throw new RangeError('A block overflowed a list that holds any block.');
  return [
    { ...step, blocks },
    { ...step, firstBlock: step.firstBlock + blocks, blocks: step.blocks - blocks },
  ];
}

/** Each key bit as a word of zeros or ones. */
function keyMasks(schedules: readonly Bytes[]): Uint32Array<ArrayBuffer> {
  const masks = new Uint32Array(schedules.length * masksPerKey);
  for (const [key, schedule] of schedules.entries())
    for (const [i, byte] of schedule.entries())
      for (let bit = 0; bit < 8; bit++)
        masks[key * masksPerKey + i * 8 + bit] = (byte >> bit) & 1 ? 0xffff_ffff : 0;
  return masks;
}

/** SubBytes and MixColumns of a column's first byte: 2·S, S, S, 3·S, little-endian. */
const roundTable = (): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(sBox, (s) => {
    const twice = ((s << 1) ^ (s & 0x80 ? 0x11b : 0)) & 0xff;
    return (twice | (s << 8) | (s << 16) | ((twice ^ s) << 24)) >>> 0;
  });

function joinedWords(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
