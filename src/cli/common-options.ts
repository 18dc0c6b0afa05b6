/** What the definitions of several commands share. */
import type { Command } from 'commander';
import type { CliContext } from './context';
import type { ExitCode } from './exit-code';
import { readInteger, readShard } from './options';

export type AddCommand = (
  program: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
) => void;

export const whole =
  (option: string, least = 0) =>
  (text: string): number =>
    readInteger(text, option, least);

export const collect = (text: string, before: readonly string[]): string[] => [...before, text];

export const jsonOption = [
  '--json',
  'one JSON document; 64-bit integers are decimal strings',
  false,
] as const;

export const scryptOption = [
  '--scrypt-n <n>',
  'N of the labels (default: 8192, as on mainnet)',
  whole('--scrypt-n', 2),
] as const;

export const threadsOption = [
  '--threads <count>',
  'default: one for each core',
  whole('--threads', 1),
] as const;

export const shardOption = [
  '--shard <I/N>',
  'only the I-th of N parts, which together are exactly the result without --shard',
  readShard,
] as const;
