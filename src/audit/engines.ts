/** Who computes labels and RandomX for an audit. One set serves a whole run. */
import type { VerifyEngines } from '../post/verify';
import type { LabelBackend } from '../post/labels';

export interface AuditEngines extends VerifyEngines {
  /** "2 threads, RandomX light". */
  readonly description: string;
  close(): void;
}

export interface AuditEngineOptions {
  readonly backend?: LabelBackend | undefined;
  /** CPU workers of labels and of RandomX; as many as cores unless said. */
  readonly threads?: number | undefined;
}

/** Opens what is asked for at its first use: RandomX takes 1 to 2 s and 260 MiB. */
export function openAuditEngines(options: AuditEngineOptions = {}): AuditEngines {
  void options;
  throw new Error('being built');
}
