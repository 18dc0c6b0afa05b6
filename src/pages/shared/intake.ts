/** Where dropped and picked files go in; each document of the app has one. */
import type { Dropped } from '../../ui/drop';
import type { DocumentName } from './documents';

export interface IntakeMessage {
  readonly severity: 'info' | 'warn';
  readonly lines: readonly string[];
  /** Other documents that take what came: their policies differ, so files cannot be handed over. */
  readonly elsewhere?: readonly { readonly document: DocumentName; readonly text: string }[];
}

export interface Intake {
  /** Files are being looked at. */
  readonly busy: boolean;
  /** Why the last drop could not be taken in. */
  readonly error: unknown;
  /** A message about the last drop. */
  readonly message: IntakeMessage | undefined;
  dismiss(): void;
  /** Files are on their way: what they will need may be loaded. */
  prepare?(): void;
  take(dropped: Promise<Dropped>): Promise<void>;
}
