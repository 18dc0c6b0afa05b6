/** Prices of one SMH as the user types them: one number, or a line per day with its date. */
import { WorkbenchError } from '../../base/error';
import { counted } from '../../base/counted';
import type { Prices } from './totals';

const line = /^(\d{4}-\d{2}-\d{2})[\s,;]+(\d+(?:\.\d+)?)$/;

/** @returns undefined for an empty text. @throws WorkbenchError `price-not-readable` */
export function readPrices(text: string): Prices | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((typed) => typed.trim())
    .filter((typed) => typed !== '');
  const [first] = lines;
  if (first === undefined) return undefined;
  if (lines.length === 1 && /^\d+(\.\d+)?$/.test(first)) return Number(first);
  const prices = new Map<string, number>();
  for (const [i, typed] of lines.entries()) {
    const [, day, price] = line.exec(typed) ?? [];
    if (day === undefined || price === undefined || prices.has(day))
      throw new WorkbenchError(
        'price-not-readable',
        day !== undefined && prices.has(day)
          ? `Line ${i + 1} has a second price for ${day}. Keep one of them.`
          : `Line ${i + 1} of ${counted(lines.length, 'line')} is not a price. Enter one number such as 0.05, or a line per day such as 2026-11-21, 0.05.`,
        { line: i + 1 },
      );
    prices.set(day, Number(price));
  }
  return prices;
}
