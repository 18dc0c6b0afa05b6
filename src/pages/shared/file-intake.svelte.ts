/**
 * The one way in for files: whatever is dropped or picked anywhere is recognised by its content and
 * taken to the page that is for it. A mixed or incomplete drop states what was recognised and what is missing.
 */
import type { FileKind } from '../../protocol/recognise';
import { WorkbenchError } from '../../base/error';
import { readAgain, type HeldFile } from '../../storage/fresh-files';
import { rememberDatabase } from '../../storage/recents';
import type { Dropped, DroppedFile } from '../../ui/drop';
import { route } from '../../ui/route.svelte';
import type { Intake, IntakeMessage } from './intake';
import { limits, readTextFile } from '../../base/read-file';
import { byKind, kindNames } from './kinds';
import { session } from './session.svelte';

class FileIntake implements Intake {
  busy = $state(false);
  error = $state.raw<unknown>();
  message = $state.raw<IntakeMessage>();
  /** The sample was checkpointed: no newest data in a -wal can be missing. */
  #sampleIsWhole = false;

  dismiss(): void {
    this.error = undefined;
    this.message = undefined;
  }

  /** Most of what is dropped here is a database: SQLite starts while the files are on their way. */
  prepare(): void {
    import('../../state/sqlite-worker')
      .then(({ warmUp }) => warmUp())
      // Opening states why it could not be loaded.
      .catch(() => undefined);
  }

  /** Takes in a drop. What was open stays open unless the drop replaces it. */
  readonly take = async (dropped: Promise<Dropped>): Promise<void> => {
    this.dismiss();
    this.busy = true;
    try {
      const { files } = await dropped;
      if (files.length === 0)
        throw new WorkbenchError('drop-empty', 'There is no file in what you dropped.');
      const kinds = await byKind(files);
      if (route.page === 'profile' && !kinds.has('profiler-results')) useReadTarget(files);
      else if (isFleetView() && !kinds.has('database')) session.fleetFiles = kinds;
      else await this.#route(kinds);
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  };

  /** Opens the sample that is shipped with the app: its database, or its PoST directory. */
  async openSample(part: 'state' | 'post' = 'state'): Promise<void> {
    const names = part === 'state' ? ['state.sql'] : postSample;
    this.#sampleIsWhole = true;
    await this.take(
      Promise.all(names.map(fetchSample)).then((files) => ({
        files: files.map((file, i) => ({ path: names[i] ?? file.name, file })),
        directories: [],
      })),
    );
    this.#sampleIsWhole = false;
  }

  /** Opens the same files as they are now; the view stays. */
  async reopenDatabase(): Promise<void> {
    this.dismiss();
    this.busy = true;
    try {
      await this.#openDatabase(await readAgain(session.databaseFiles));
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  /** Files that change while they are opened are tried again, where their handles give them again. */
  async #openDatabase(files: readonly HeldFile[]): Promise<void> {
    const { openDatabase } = await import('../../state/database');
    let held = files;
    for (let attempt = 1; ; attempt++) {
      try {
        const set = held.map(({ file }) => file);
        const database = await openDatabase(set, { complete: this.#sampleIsWhole });
        session.useDatabase(database, held);
        return;
      } catch (error) {
        const changed = error instanceof WorkbenchError && error.code === 'file-changed';
        const fresh = held.every(({ handle }) => handle !== undefined);
        if (!changed || !fresh || attempt === openAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, betweenAttemptsMs));
        held = await readAgain(held);
      }
    }
  }

  /** Each kind goes to its page; the page shown last is that of the greatest thing that came. */
  async #route(files: ReadonlyMap<FileKind, readonly DroppedFile[]>): Promise<void> {
    const of = (...kinds: FileKind[]) => kinds.flatMap((kind) => files.get(kind) ?? []);
    const [config] = of('node-config');
    if (config) session.nodeConfig = { name: config.path, text: await textOf(config, 'config') };
    const [proof] = of('proof');
    if (proof) {
      session.proofText = await textOf(proof, 'proof');
      route.go('post/verify');
    }
    const profiles = of('profiler-results');
    if (profiles.length > 0) {
      session.profilerResults = await Promise.all(
        profiles.map((dropped) => textOf(dropped, 'profileRuns')),
      );
      route.go('profile/runs');
    }
    const post = of('post-metadata', 'post-data');
    if (post.length > 0) {
      const { openDirectories } = await import('../../post/directory/directory');
      session.useDirectories(await openDirectories(post));
      route.go('post');
    }
    const database = of('database', 'database-wal', 'database-shm');
    if (database.length > 0) {
      await this.#openDatabase(database);
      // The Audit page is about the open database, whichever it is.
      if (route.page !== 'audit') route.go('state');
      // Only handles open the same files again after a reload.
      const handles = database.flatMap(({ handle }) => handle ?? []);
      if (handles.length === database.length) await rememberDatabase(handles, Date.now());
    }
    this.message = leftOver(files);
  }
}

/** A running node writes every few seconds: a moment between two writes is soon found. */
const openAttempts = 4;
const betweenAttemptsMs = 250;

const textOf = ({ path, file }: DroppedFile, kind: keyof typeof limits): Promise<string> =>
  readTextFile(file, { ...limits[kind], name: path });

/** Kinds that `#route` has a place for. */
const placed: ReadonlySet<FileKind> = new Set([
  'database',
  'database-wal',
  'database-shm',
  'post-metadata',
  'post-data',
  'node-config',
  'profiler-results',
  'proof',
]);

/** The list of a fleet takes files of any kind but databases. */
const isFleetView = (): boolean => route.page === 'state' && route.path[1] === 'fleet';

/** On the Profile page files of any kind are something to read from their disk. */
function useReadTarget(files: readonly DroppedFile[]): void {
  const [first] = files;
  const name =
    files.length === 1
      ? (first?.path ?? '')
      : `${first?.path.split('/')[0] ?? ''} (${files.length} files)`;
  session.readTarget = { name, files: files.map(({ file }) => file) };
}

/** Documents with a policy of their own, and what is to be dropped there instead. */
const otherDocuments = [
  {
    document: 'node.html',
    text: 'Logs, metrics and events: drop them on the Node page',
    kinds: ['log', 'metrics', 'event-stream'],
  },
  {
    document: 'identity.html',
    text: 'Keys: drop them on the Identity page, which has no network permission',
    kinds: ['key'],
  },
] as const;

function leftOver(files: ReadonlyMap<FileKind, readonly DroppedFile[]>): IntakeMessage | undefined {
  const unused = [...files]
    .filter(([kind]) => !placed.has(kind))
    .flatMap(([kind, some]) => some.map(({ path }) => `${path}: ${kindNames[kind]}`));
  if (unused.length === 0) return undefined;
  const shown = 8;
  const elsewhere = otherDocuments.filter(({ kinds }) => kinds.some((kind) => files.has(kind)));
  return {
    severity: 'warn',
    elsewhere,
    lines: [
      'Nothing was opened from these:',
      ...unused.slice(0, shown),
      ...(unused.length > shown ? [`and ${unused.length - shown} more`] : []),
    ],
  };
}

const postSample = ['post/postdata_metadata.json', 'post/postdata_0.bin'];

async function fetchSample(name: string): Promise<File> {
  const response = await fetch(`./sample/${name}`);
  if (!response.ok)
    throw new WorkbenchError(
      'sample-missing',
      `The sample (${name}) could not be loaded: the server answered ${response.status}. Reload the page.`,
    );
  return new File([await response.blob()], name.slice(name.lastIndexOf('/') + 1));
}

export const fileIntake = new FileIntake();
