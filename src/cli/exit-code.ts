/** How a command ended, for scripts. README.md lists them. */
import { isAbort } from '../base/abort';
import { WorkbenchError } from '../base/error';

export const exitCode = {
  good: 0,
  /** Done, but a check failed. */
  checkFailed: 1,
  usage: 2,
  /** An input cannot be read, or cannot be trusted. */
  badInput: 3,
  /** Work is left; the same command continues it with what it printed. */
  unfinished: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Codes of errors in what was typed, by their first word. */
const typedFirstWords = new Set([
  'address',
  'bridge',
  'bytes',
  'export',
  'field',
  'fraction',
  'id',
  'labels',
  'layers',
  'nonce',
  'nonces',
  'max',
  'num',
  'number',
  'option',
  'rewards',
  'sample',
  'scrypt',
  'sql',
  'start',
  'threads',
]);

/** The exit code of a command that ended with an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isAbort(error)) return exitCode.interrupted;
  if (!(error instanceof WorkbenchError)) return exitCode.badInput;
  const [firstWord = ''] = error.code.split('-');
  return typedFirstWords.has(firstWord) ? exitCode.usage : exitCode.badInput;
}
