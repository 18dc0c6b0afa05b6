/**
 * What is open in this window, whichever page opened it: the one place that pages share. Holds handles
 * and readers, never contents; nothing here is remembered when the window closes.
 */
import type { Database } from '../state/database';

class Session {
  /** The open state.sql or local.sql. */
  database = $state.raw<Database>();

  /** Replaces the open database; the old one is closed only once the new one stands. */
  useDatabase(database: Database): void {
    const previous = this.database;
    this.database = database;
    previous?.close();
  }
}

export const session = new Session();
