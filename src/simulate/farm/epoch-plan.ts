/** What the simulation of an epoch takes and gives: machines, drives and identities in, what is proved and when out. */
import type { ScanMeasurement } from '../proving/throughput';

export interface FarmMachine {
  readonly name: string;
  readonly threads: number;
  /** At 16 nonces; read where nothing was measured. */
  readonly scanBytesPerSPerThread?: number | undefined;
  /** Measured speeds, which go before the rate per thread. */
  readonly scan?: readonly ScanMeasurement[] | undefined;
  /** RandomX hashes of all threads together. */
  readonly hashesPerS: number;
  /** The k2pow service that does this machine's k2pow, by its name; absent: the machine itself. */
  readonly k2powService?: string | undefined;
}

export interface FarmDrive {
  readonly name: string;
  readonly machine: string;
  /** Size; a plan does not need it, a search for one does. */
  readonly bytes?: number | undefined;
  readonly bytesPerS: number;
  /** The NAS or controller that it is read through, by its name; absent: nothing that limits it. */
  readonly controller?: string | undefined;
}

export interface PlannedIdentity {
  readonly name: string;
  readonly drive: string;
  readonly numUnits: number;
  readonly nonces: number;
  /** Threads of its post-service. */
  readonly threads: number;
  /**
   * In which epochs it takes part; every one when absent. An identity of every other epoch has until the end of the
   * publish epoch to prove, and misses every second PoET round on purpose.
   */
  readonly cadence?: 'every-epoch' | 'even-epochs' | 'odd-epochs' | undefined;
}

/** Everything a simulated epoch needs; what `farm` returns contains it. */
export interface EpochPlan {
  readonly machines: readonly FarmMachine[];
  readonly drives: readonly FarmDrive[];
  /** Those of one drive are proved in this order. */
  readonly identities: readonly PlannedIdentity[];
  readonly k2powServices?: readonly { readonly name: string; readonly hashesPerS: number }[];
  readonly controllers?: readonly { readonly name: string; readonly bytesPerS: number }[];
  /** After a failed pass: try again immediately, as post-service does, or after the other identities of the drive. */
  readonly retry?: 'immediately' | 'after-all' | undefined;
  /** k2pow of the next identity of a drive is done while one is read; otherwise when its proof is there. */
  readonly overlapK2pow?: boolean | undefined;
  readonly gapS?: number | undefined;
  /** Taken off the gap, and off the time to publish late. */
  readonly marginS?: number | undefined;
  /** From the start of the gap to the end of the publish epoch; mainnet's 108 h when absent. */
  readonly publishS?: number | undefined;
  /**
   * Whether what is not proved in the gap is proved late, as the node does. False (and absent, unless an identity
   * skips epochs): it is given up, and registered for the next PoET round.
   */
  readonly late?: boolean | undefined;
  /** When the PoET proof is there, from the start of the gap: 0 when absent. The node adds seconds of its own. */
  readonly poetProofS?: number | undefined;
  /** Relative error of all speeds of a machine, drawn in each epoch. */
  readonly speedError?: number | undefined;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly labelsPerUnit?: number | undefined;
  readonly powDifficulty?: string | undefined;
}

export interface EpochOptions {
  readonly seed?: number | undefined;
  /** 1000 when absent. */
  readonly epochs?: number | undefined;
}

/** One phase of one identity, as it happened in the first simulated epoch. */
export interface PhaseRecord {
  readonly machine: string;
  readonly drive: string;
  readonly identity: string;
  readonly pass: number;
  readonly kind: 'k2pow' | 'scan';
  readonly startS: number;
  readonly endS: number;
  readonly outcome: 'done' | 'found' | 'failed' | 'cut-short';
}

/** A phase over all epochs: mean times where it took place, and how often it did. */
export interface ScheduledPhase {
  readonly machine: string;
  readonly identity: string;
  readonly pass: number;
  readonly kind: 'k2pow' | 'scan';
  readonly startS: number;
  readonly endS: number;
  readonly probability: number;
}

export interface SimulatedIdentity {
  readonly name: string;
  /** Of the epochs that it took part in: proved in the gap, and proved late. */
  readonly onTimeShare: number;
  readonly lateShare: number;
  /** Of all epochs: those with an ATX that earns. */
  readonly earningShare: number;
}

export interface EpochRun {
  readonly epochs: number;
  readonly seed: number;
  readonly totalUnits: number;
  /** Mean units proved inside the gap in an epoch, with the standard error of that mean. */
  readonly expectedUnits: number;
  readonly standardError: number;
  readonly provedShare: number;
  /** Share of the epochs in which every identity was proved inside the gap. */
  readonly probabilityAll: number;
  /** Mean units with an ATX that earns, late ones included, over the run of epochs. */
  readonly earningUnits: number;
  /** Means of an epoch. */
  readonly hashes: number;
  readonly bytesRead: number;
  readonly cpuS: number;
  readonly atxs: number;
  readonly identities: readonly SimulatedIdentity[];
  /** The first passes of every identity, in the plan's order. */
  readonly schedule: readonly ScheduledPhase[];
  /** What happened in the first epoch. */
  readonly trace: readonly PhaseRecord[];
}
