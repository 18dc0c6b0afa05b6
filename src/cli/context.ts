/** What a command takes from the process that runs it, so that a test can give its own. */
import type { PowEngines } from '../post/k2pow/engines';
import type { LabelEngines } from '../post/labels';
import type { ProvingEngine, Scanner } from '../post/prove/scanner';

export interface Output {
  readonly isTerminal: boolean;
  /** Resolves when more may be written. */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** Files of the kernels and of SQLite, compiled. */
export type ModuleName =
  | 'sqlite'
  | 'labels'
  | 'proving'
  | 'randomx'
  | 'randomx-fma'
  | 'randomx-shared'
  | 'randomx-shared-fma';

export interface CliContext {
  /** Computes labels with this number of threads. Close it in the end. */
  openLabels(threads: number): Promise<LabelEngines>;
  /** RandomX under the k2pow key, in light mode: 1 to 2 s to open. Close it in the end. */
  openPow(threads: number, signal: AbortSignal): Promise<PowEngines>;
  /** Scans PoST data for a proof with this number of threads. */
  openScanner(threads: number): Promise<Scanner>;
  /** Measures how fast this number of threads scans. */
  openProvingEngine(threads: number): Promise<ProvingEngine>;
  /** Results, and nothing else. */
  readonly out: Output;
  /** Messages and progress. */
  readonly err: Output;
  /**
   * Aborted by Ctrl-C from the first time that it is asked for. A command that does not ask for it is ended by the system,
   * also in the middle of a long call of SQLite.
   */
  readonly signal: AbortSignal;
  /** The built app, for `serve`. */
  readonly appFolder: string;
  loadModule(name: ModuleName): Promise<WebAssembly.Module>;
}
