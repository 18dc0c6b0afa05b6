/**
 * May an initialisation start? What is refused, what has to be confirmed, and what is missing, in words. Rules: the
 * network's limits (go-spacemesh config/presets), and no start of unknown length.
 */
import { counted } from '../../base/counted';
import type { NetworkParameters } from '../../protocol/parameters';
import { formatBytes, formatDuration } from '../../base/format';
import { numberProblem } from '../../ui/number-rule';

export interface StartInput {
  readonly networkName: string;
  readonly network: Pick<NetworkParameters, 'labelsPerUnit' | 'minNumUnits' | 'maxNumUnits'>;
  readonly numUnits: number;
  readonly labelsPerUnit: bigint;
  /** Of the files that are to be made. */
  readonly labels: bigint;
  readonly bytes: bigint;
  /** Threads as they were typed; empty for all of them. */
  readonly threads: string;
  /** Measured; undefined until then. */
  readonly labelsPerS: number | undefined;
}

export interface StartChecks {
  readonly refusals: readonly string[];
  /** To be confirmed by the user before a start. */
  readonly questions: readonly string[];
  /** The rate has to be measured first. */
  readonly needsForecast: boolean;
}

/** Fewer labels than this take less than two minutes on any machine: a test, no forecast is needed. */
const smallLabels = 50_000n;
const longS = 90 * 86_400;
const hugeBytes = 2n ** 50n;
const threadsRule = { min: 1, max: 256, step: 1 } as const;

/** What is wrong with the threads as they were typed; undefined where nothing is. */
export const threadsProblem = (threads: string): string | undefined =>
  threads.trim() === ''
    ? undefined
    : numberProblem(threads, { label: 'CPU threads', rule: threadsRule });

export function startChecks(input: StartInput): StartChecks {
  const { network, networkName, numUnits, labels, bytes, labelsPerS } = input;
  const refusals: string[] = [];
  const questions: string[] = [];
  // Another LabelsPerUnit is for a test of the user's own, on no network.
  if (input.labelsPerUnit === network.labelsPerUnit) {
    if (numUnits < network.minNumUnits)
      refusals.push(
        `${numUnits} SU are below the minimum of ${networkName}: no ATX could be published with them. Enter at least ${network.minNumUnits} SU.`,
      );
    if (numUnits > network.maxNumUnits)
      refusals.push(
        `${counted(numUnits, 'SU', 'SU')} are above the maximum of ${networkName}. Enter at most ${network.maxNumUnits} SU.`,
      );
  }
  const threads = threadsProblem(input.threads);
  if (threads !== undefined) refusals.push(threads);
  if (bytes >= hugeBytes)
    questions.push(
      `This is ${formatBytes(bytes)} of data, more than any machine holds. Check the size: 1 SU of mainnet is 64 GiB.`,
    );
  const seconds = labelsPerS === undefined ? undefined : Number(labels) / labelsPerS;
  if (seconds !== undefined && seconds > longS)
    questions.push(
      `This machine would take ${formatDuration(seconds)}. Initialise fewer SU, or use a faster GPU (Plan, Cloud GPU).`,
    );
  return { refusals, questions, needsForecast: labels > smallLabels && labelsPerS === undefined };
}

/** Where this browser can write. */
export interface WritablePlaces {
  /** It can write to a folder that the user chooses. */
  readonly folders: boolean;
  /** It keeps files for a page. */
  readonly privateStorage: boolean;
}

/** What a browser that cannot write to folders loses, as it is stated before a start. Undefined where nothing is lost. */
export function missingPlacesText({ folders, privateStorage }: WritablePlaces): string | undefined {
  if (folders) return undefined;
  return privateStorage
    ? 'This browser cannot write to a folder of your choice. It writes to its own storage, which it may delete with the data of this site; save the files from there afterwards. A Chromium (Chrome, Edge) writes to any folder.'
    : 'This browser can write neither to a folder of your choice nor to storage of its own, so it cannot initialise here. Use a Chromium (Chrome, Edge), which writes to any folder, or a current Firefox.';
}

/** What the browser's own storage allows, as it is stated before a start there. */
export function quotaText(
  bytes: bigint | undefined,
  freeBytes: number | undefined,
): { readonly text: string; readonly isEnough: boolean } {
  if (freeBytes === undefined)
    return {
      text: 'The browser does not report how much its own storage can hold.',
      isEnough: true,
    };
  const isEnough = bytes === undefined || Number(bytes) <= freeBytes;
  const free = `The browser’s own storage can hold ${formatBytes(freeBytes)} more for this page`;
  return {
    text: isEnough
      ? `${free}.`
      : `${free}; these data need ${formatBytes(bytes)}. Choose a folder, or fewer files.`,
    isEnough,
  };
}
