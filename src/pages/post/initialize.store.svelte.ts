/** The initialisation form: what was typed, as the address keeps it, and what it means. */
import { initialize, type InitializeProgress } from '../../post/initialize/initialize';
import { planInitialization, type Geometry, type InitializePlan } from '../../post/initialize/plan';
import type { Backend } from '../../kernels/choose';
import { Pause } from '../../base/pause';
import { hasPrivateStorage, privateDirectory, privateSink } from '../../post/directory/sink';
import { toHex } from '../../base/bytes';
import type { PostMetadata } from '../../protocol/metadata';
import { networkParameters } from '../../protocol/parameters';
import type { Database } from '../../state/database';
import { highestAtx } from '../../state/queries/atxs';
import type { AskOptions } from '../../state/queries/ask';
import { Job } from '../../ui/job.svelte';
import { route } from '../../ui/route.svelte';
import type { Stores } from '../../ui/stores.svelte';
import { pickFolder } from '../shared/pick-folder';
import { LabelRateStore } from './label-rate.store.svelte';
import { startChecks, threadsProblem, type StartChecks, type WritablePlaces } from './start-checks';

export type NetworkName = keyof typeof networkParameters;

const fieldNames = [
  'nodeId',
  'commitmentAtxId',
  'network',
  'numUnits',
  'labelsPerUnit',
  'maxFileSize',
  'fromFile',
  'toFile',
  'backend',
  'threads',
] as const;
type FieldName = (typeof fieldNames)[number];

const defaults: Readonly<Record<FieldName, string>> = {
  nodeId: '',
  commitmentAtxId: '',
  network: 'mainnet',
  numUnits: '4',
  labelsPerUnit: '',
  maxFileSize: '4294967296',
  fromFile: '',
  toFile: '',
  backend: 'auto',
  threads: '',
};

/** Name of the folder in the browser's own storage. */
const privateFolder = 'post-initialisation';

export class InitializeStore {
  values = $state<Record<FieldName, string>>({ ...defaults });
  readonly job = new Job<PostMetadata, InitializeProgress>();
  paused = $state(false);
  /** Bytes that the browser's own storage can still hold; undefined where the browser does not report it. */
  privateFreeBytes = $state<number>();
  /** The questions that the user has confirmed, as they were worded. */
  confirmed = $state('');
  /** Where it was written, for saving what is in the browser's own storage. */
  written = $state.raw<FileSystemDirectoryHandle>();
  #pause = new Pause();
  readonly #rate: LabelRateStore;

  readonly places: WritablePlaces = {
    folders: 'showDirectoryPicker' in globalThis,
    privateStorage: hasPrivateStorage(),
  };

  readonly plan: { readonly plan: InitializePlan } | { readonly error: unknown } = $derived.by(
    () => {
      try {
        return { plan: planInitialization(this.#geometry()) };
      } catch (error) {
        return { error };
      }
    },
  );

  readonly threads = $derived(
    threadsProblem(this.values.threads) === undefined && this.values.threads.trim() !== ''
      ? Number(this.values.threads)
      : navigator.hardwareConcurrency,
  );
  readonly backend = $derived(this.values.backend as Backend);
  readonly network = $derived(networkParameters[this.values.network as NetworkName]);

  /** Undefined while the inputs make no plan. */
  readonly checks: StartChecks | undefined = $derived.by(() => {
    if (!('plan' in this.plan)) return undefined;
    const { metadata, labels, bytes } = this.plan.plan;
    return startChecks({
      networkName: this.values.network,
      network: this.network,
      numUnits: metadata.numUnits,
      labelsPerUnit: metadata.labelsPerUnit,
      labels,
      bytes,
      threads: this.values.threads,
      labelsPerS: this.#rate.of(this.backend, this.threads)?.labels_per_s,
    });
  });
  readonly mayStart: boolean = $derived(
    this.checks !== undefined &&
      this.checks.refusals.length === 0 &&
      !this.checks.needsForecast &&
      (this.checks.questions.length === 0 || this.confirmed === this.checks.questions.join('\n')),
  );

  constructor(stores: Stores) {
    this.#rate = stores.get(LabelRateStore);
    for (const name of fieldNames) this.values[name] = route.param(name, defaults[name]);
    void this.#readQuota();
  }

  async #readQuota(): Promise<void> {
    if (!this.places.privateStorage) return;
    try {
      const { quota, usage = 0 } = await navigator.storage.estimate();
      this.privateFreeBytes = quota === undefined ? undefined : Math.max(0, quota - usage);
    } catch {
      // A private window may refuse even the question; starting there then reports why.
      this.privateFreeBytes = undefined;
    }
  }

  /**
   * Commits to the highest ATX of the open state.sql, as the node does of those it has verified.
   * @throws WorkbenchError `schema-lacks`, `no-atxs`
   */
  async commitToHighest(database: Database, options: AskOptions): Promise<void> {
    this.values.commitmentAtxId = toHex(await highestAtx(database, options));
    this.share();
  }

  /** Puts the inputs into the address; ids are public, so they may stand there. */
  share(): void {
    route.update(
      Object.fromEntries(
        fieldNames.map((name) => [
          name,
          this.values[name] === defaults[name] ? undefined : this.values[name],
        ]),
      ),
    );
  }

  #geometry(): Geometry {
    const { nodeId, commitmentAtxId, numUnits, labelsPerUnit, maxFileSize, fromFile, toFile } =
      this.values;
    const number = (text: string): number => (text.trim() === '' ? NaN : Number(text));
    return {
      nodeId,
      commitmentAtxId,
      numUnits: number(numUnits),
      labelsPerUnit:
        labelsPerUnit.trim() === '' ? this.network.labelsPerUnit : number(labelsPerUnit),
      maxFileSize: number(maxFileSize),
      ...(fromFile.trim() === '' ? {} : { fromFile: number(fromFile) }),
      ...(toFile.trim() === '' ? {} : { toFile: number(toFile) }),
    };
  }

  /** Writes straight into a folder that the user chooses; what it holds already is kept and continued. */
  async intoFolder(): Promise<void> {
    const directory = await pickFolder();
    if (directory) await this.#run(directory, { directory });
  }

  /** For browsers without folder access: into the browser's own storage, to be saved file by file. */
  async intoPrivateStorage(): Promise<void> {
    const directory = await privateDirectory(privateFolder);
    await this.#run(directory, { sink: privateSink(directory) });
  }

  async #run(
    directory: FileSystemDirectoryHandle,
    target: { directory: FileSystemDirectoryHandle } | { sink: ReturnType<typeof privateSink> },
  ): Promise<void> {
    this.#pause = new Pause();
    this.paused = false;
    this.written = undefined;
    const { backend, threads } = this;
    await this.job.start((controls) =>
      initialize(
        { ...this.#geometry(), ...target, backend, threads },
        { ...controls, pause: this.#pause },
      ),
    );
    this.written = directory;
  }

  pause(): void {
    this.#pause.pause();
    this.paused = true;
  }

  resume(): void {
    this.#pause.resume();
    this.paused = false;
  }
}
