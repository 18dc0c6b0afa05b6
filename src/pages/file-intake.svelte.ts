/**
 * The one way in for files: whatever is dropped or picked anywhere is recognised by its content and
 * taken to the page that is for it. A mixed or incomplete drop says what was recognised and what is missing.
 */
import type { FileKind } from '../protocol/recognise';
import { WorkbenchError } from '../protocol/error';
import { openDatabase } from '../state/database';
import type { Dropped, DroppedFile } from '../ui/drop';
import { route } from '../ui/route.svelte';
import type { Intake, IntakeMessage } from './intake';
import { byKind, kindNames } from './kinds';
import { session } from './session.svelte';

class FileIntake implements Intake {
  busy = $state(false);
  error = $state.raw<unknown>();
  message = $state.raw<IntakeMessage>();

  dismiss(): void {
    this.error = undefined;
    this.message = undefined;
  }

  /** Takes in a drop. What was open stays open unless the drop replaces it. */
  async take(dropped: Promise<Dropped>): Promise<void> {
    this.dismiss();
    this.busy = true;
    try {
      const { files } = await dropped;
      if (files.length === 0)
        throw new WorkbenchError('drop-empty', 'There is no file in what you dropped.');
      await this.#route(await byKind(files));
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  /** Opens the sample that is shipped with the app. */
  async openSample(): Promise<void> {
    this.dismiss();
    this.busy = true;
    try {
      const file = await fetchSample('state.sql');
      session.useDatabase(await openDatabase([file]));
      route.go('state');
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  async #route(files: ReadonlyMap<FileKind, readonly DroppedFile[]>): Promise<void> {
    const of = (...kinds: FileKind[]) => kinds.flatMap((kind) => files.get(kind) ?? []);
    const database = of('database', 'database-wal', 'database-shm');
    if (database.length > 0) {
      session.useDatabase(await openDatabase(database.map(({ file }) => file)));
      route.go('state');
    }
    const unused = [...files]
      .filter(([kind]) => !kind.startsWith('database'))
      .flatMap(([kind, some]) => some.map(({ path }) => `${path}: ${kindNames[kind]}`));
    if (unused.length > 0)
      this.message = {
        severity: 'warn',
        lines: [
          'Nothing was opened from these:',
          ...unused.slice(0, 8),
          ...(unused.length > 8 ? [`and ${unused.length - 8} more`] : []),
        ],
      };
  }
}

async function fetchSample(name: string): Promise<File> {
  const response = await fetch(`./sample/${name}`);
  if (!response.ok)
    throw new WorkbenchError(
      'sample-missing',
      `The sample (${name}) could not be loaded: the server answered ${response.status}. Reload the page.`,
    );
  return new File([await response.blob()], name);
}

export const fileIntake = new FileIntake();
