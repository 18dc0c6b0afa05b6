/** What a user types for a parameter of a query, as the value that is bound. */
import { looksLikeAddress, parseAddress } from '../protocol/address';
import { parsePastedId } from '../protocol/ids';
import { readBytes } from '../base/bytes';
import type { SqlValue } from './types';

/** Names of parameters that stand for an id or an address, whatever they look like. */
const idNames = /^(smesher|coinbase|atx|pk|cb|pubkey|address|id)$/i;

/** SQLite's integers have at most 19 digits; BigInt takes its time with very long ones. */
const mostDigits = 40;

/**
 * Numbers are numbers, ids and addresses are BLOBs as the database has them (hex of 32 or 24 bytes, `0x…`, `x'…'`,
 * base64 where an id is asked for, `sm1…`), `'text'` and all else is text; nothing at all is NULL.
 * @throws WorkbenchError for what should be an id and is none
 */
export function parseParameter(name: string, typed: string): SqlValue {
  const text = typed.trim();
  if (text === '' || /^null$/i.test(text)) return null;
  if (looksLikeAddress(text)) return parseAddress(text).bytes;
  if (idNames.test(name)) return parsePastedId(text).bytes;
  if (/^([0-9a-f]{48}|[0-9a-f]{64})$/i.test(text)) return parsePastedId(text).bytes;
  const blob = /^(?:x'([0-9a-f]*)'|0x([0-9a-f]+))$/i.exec(text);
  const digits = blob?.[1] ?? blob?.[2];
  if (digits !== undefined && digits.length % 2 === 0)
    return readBytes(`0x${digits}`, digits.length / 2, `:${name}`);
  if (text.length <= mostDigits && /^[+-]?\d+$/.test(text)) {
    const exact = BigInt(text);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return /^'(.*)'$/.exec(text)?.[1]?.replaceAll("''", "'") ?? text;
}
