/**
 * What is open in this window, whichever page opened it: the one place that pages share. Holds handles
 * and readers, never contents; nothing here is remembered when the window closes.
 */
import type { PostDirectory } from '../../post/directory/directory';
import type { Database } from '../../state/database';
import type { FileKind } from '../../protocol/recognise';
import type { DroppedFile } from '../../ui/drop';
import type { HeldFile } from '../../storage/fresh-files';

class Session {
  /** The open state.sql or local.sql. */
  database = $state.raw<Database>();
  /** The files that it was opened from, where they came with handles. */
  databaseFiles = $state.raw<readonly HeldFile[]>([]);
  /** The open PoST directory. */
  postDirectory = $state.raw<PostDirectory>();
  /** Others that came with it, to choose from. */
  postDirectories = $state.raw<readonly PostDirectory[]>([]);
  /** A node config that was dropped, as text, with its name. */
  nodeConfig = $state.raw<{ readonly name: string; readonly text: string }>();
  /** Results of a profiler that were dropped, as text, until the Profile page has taken them. */
  profilerResults = $state.raw<readonly string[]>([]);
  /** What the Profile page reads to measure a disk. */
  readTarget = $state.raw<{ readonly name: string; readonly files: readonly File[] }>();
  /** What was dropped on the list of a fleet, until the list has taken it. */
  fleetFiles = $state.raw<ReadonlyMap<FileKind, readonly DroppedFile[]>>();
  /** A proof that was dropped, as text. */
  proofText = $state.raw<string>();

  /** Replaces the open database; the old one is closed only once the new one is. */
  useDatabase(database: Database, files: readonly HeldFile[] = []): void {
    const previous = this.database;
    this.database = database;
    this.databaseFiles = files;
    previous?.close();
  }

  closeDatabase(): void {
    this.database?.close();
    this.database = undefined;
    this.databaseFiles = [];
  }

  useDirectories(directories: readonly PostDirectory[]): void {
    this.postDirectories = directories;
    this.postDirectory = directories[0];
  }
}

export const session = new Session();
