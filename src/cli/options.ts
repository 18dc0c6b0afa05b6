/** Values of options as typed. */
import type { Shard } from '../audit/run';
import { WorkbenchError } from '../base/error';

/** A whole number typed as an option. @throws WorkbenchError `option-number` */
export function readInteger(text: string, option: string, least = 0): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least) return value;
  throw new WorkbenchError(
    'option-number',
    `${option} takes a whole number from ${least} on, but it is "${text}".`,
    { option, text },
  );
}

/** A share in percent, above 0. @throws WorkbenchError `option-number` */
export function readPercent(text: string, option: string): number {
  const value = /^\d{1,3}(\.\d{1,12})?$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= 100) return value;
  throw new WorkbenchError(
    'option-number',
    `${option} takes percent, above 0 and up to 100, but it is "${text}".`,
    { option, text },
  );
}

/** `I/N` of --shard, I from 1 to N. @throws WorkbenchError `option-shard` */
export function readShard(text: string): Shard {
  const [, number = '', total = ''] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { number: Number(number), total: Number(total) };
  if (shard.number >= 1 && shard.number <= shard.total) return shard;
  throw new WorkbenchError(
    'option-shard',
    `--shard takes I/N, the I-th of N parts, with I from 1 to N, but it is "${text}".`,
    { text },
  );
}
