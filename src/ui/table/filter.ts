/** Filters of a column as they are typed. */
import { compareCells, type Cell } from '../cells';

export type CellTest = (value: Cell, shown: () => string) => boolean;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
};

/** No integer of a database has more digits; BigInt takes its time with longer ones. */
const mostDigits = 40;

function parseNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll(/[,_\s]/g, '');
  if (plain.length <= mostDigits && /^[+-]?\d+$/.test(plain)) {
    const exact = BigInt(plain);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  const value = plain === '' ? NaN : Number(plain);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * What a user types over a column: part of the text, or `>5`, `<=5`, `=5`, `!=5`, `3..7`, `null`, `!null`.
 * Undefined for an empty filter.
 */
export function parseFilter(typed: string): CellTest | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  if (/^null$/i.test(text)) return (value) => value === null;
  if (/^!=?\s*null$/i.test(text)) return (value) => value !== null;
  const dots = text.lastIndexOf('..');
  const low = dots < 0 ? undefined : parseNumber(text.slice(0, dots));
  const high = dots < 0 ? undefined : parseNumber(text.slice(dots + 2));
  if (low !== undefined && high !== undefined)
    return (value) =>
      (typeof value === 'number' || typeof value === 'bigint') && value >= low && value <= high;
  const comparison = /^(>=|<=|!=|>|<|=)\s*(.+)$/.exec(text);
  if (comparison) {
    const [, sign = '', operand = ''] = comparison;
    const holds = comparisons[sign] ?? (() => false);
    const number = parseNumber(operand);
    return (value, shown) =>
      typeof value === 'number' || typeof value === 'bigint'
        ? number !== undefined && holds(compareCells(value, number))
        : value !== null && holds(compareCells(shown(), operand));
  }
  const wanted = text.toLowerCase();
  return (_, shown) => shown().toLowerCase().includes(wanted);
}
