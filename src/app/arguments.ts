/**
 * Readers of what a script hands to `window.workbench`. They check kinds; ranges are checked where a value is used. Every
 * refusal is a WorkbenchError `invalid-argument` that names the argument and what to give.
 */
import { WorkbenchError } from '../base/error';
import { isRecord } from '../base/record';

/** Checks a value and gives it in the form that the callee takes. @throws WorkbenchError `invalid-argument` */
export type Reader<T = unknown> = (value: unknown, name: string) => T;

/** Counts and positions as a script may give them: a number, or a bigint. */
type AnyNumber<Value> = Value extends number
  ? number extends Value
    ? number | bigint
    : Value
  : Value extends bigint
    ? number | bigint
    : Value;
/** Of each form of a request. */
export type Given<Request> = Request extends unknown
  ? { readonly [Field in keyof Request]: AnyNumber<Request[Field]> }
  : never;

/** A value in an error, whatever it is: reading it must not run code of it. */
function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 40
        ? `the text ${JSON.stringify(value.slice(0, 40))}…`
        : JSON.stringify(value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

export const invalidArgument = (name: string, wanted: string, value: unknown): WorkbenchError =>
  new WorkbenchError(
    'invalid-argument',
    value === undefined
      ? `${name} is missing. Give ${wanted}.`
      : `${name} is ${shown(value)}. Give ${wanted}.`,
    { argument: name },
  );

const checked =
  <T>(wanted: string, test: (value: unknown) => value is T): Reader<T> =>
  (value, name) => {
    if (test(value)) return value;
    throw invalidArgument(name, wanted, value);
  };

export const text = checked('a text', (value): value is string => typeof value === 'string');
export const flag = checked(
  'true or false',
  (value): value is boolean => typeof value === 'boolean',
);
export const bytes = checked(
  'bytes: a Uint8Array, or their hex or base64',
  (value): value is Uint8Array | string => typeof value === 'string' || value instanceof Uint8Array,
);
export const callback = checked(
  'a function',
  (value): value is (...values: never[]) => void => typeof value === 'function',
);
export const abortSignal = checked(
  'the signal of an AbortController',
  (value): value is AbortSignal => value instanceof AbortSignal,
);
export const blob = checked('a File or Blob', (value): value is Blob => value instanceof Blob);

/** An amount or a count: a number or a bigint. NaN is neither. */
export const number: Reader<number> = (value, name) => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw invalidArgument(name, 'a number', value);
};

/** A place in up to 2^64, as a bigint. */
export const position: Reader<bigint> = (value, name) => {
  if (typeof value === 'bigint' && value >= 0n) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw invalidArgument(name, 'a whole number from 0 on, beyond 2^53 a bigint', value);
};

/** A numeric literal of JSON or a script: number, bigint or digits. */
export const numeral = checked(
  'a number, a bigint or digits',
  (value): value is number | bigint | string =>
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string',
);

export const choice = <T extends string>(...values: readonly T[]): Reader<T> =>
  checked(values.map((value) => `'${value}'`).join(' or '), (value): value is T =>
    values.includes(value as T),
  );

export const optional =
  <T>(read: Reader<T>): Reader<T | undefined> =>
  (value, name) =>
    value === undefined ? undefined : read(value, name);

/** One of several forms, of which the first that `fits` is read. */
export const either =
  (
    wanted: string,
    ...forms: readonly (readonly [fits: (value: unknown) => boolean, read: Reader])[]
  ): Reader =>
  (value, name) => {
    const form = forms.find(([fits]) => fits(value));
    if (!form) throw invalidArgument(name, wanted, value);
    return form[1](value, name);
  };

/** An object with these fields; what else it has is kept as it is. */
export const shape =
  (fields: Readonly<Record<string, Reader>>): Reader<Readonly<Record<string, unknown>>> =>
  (value, name) => {
    if (!isRecord(value)) throw invalidArgument(name || 'The request', 'an object', value);
    const read: Record<string, unknown> = { ...value };
    for (const [field, reader] of Object.entries(fields)) {
      const given = reader(value[field], name === '' ? field : `${name}.${field}`);
      if (given !== undefined) read[field] = given;
    }
    return read;
  };

/** An object that the callee made or a browser's own: it is handed on as it is. */
export const having = (wanted: string, ...fields: readonly string[]): Reader<object> =>
  checked(
    wanted,
    (value): value is object => isRecord(value) && fields.every((field) => field in value),
  );

/** At most this many entries are read: more is a mistake, and would block the page. */
const mostEntries = 1_000_000;

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** Any iterable, such as a FileList. */
export const each =
  <T>(wanted: string, read: Reader<T>): Reader<T[]> =>
  (value, name) => {
    if (!isIterable(value)) throw invalidArgument(name, wanted, value);
    const entries: T[] = [];
    for (const entry of value) {
      if (entries.length === mostEntries)
        throw new WorkbenchError(
          'invalid-argument',
          `${name} has more than ${mostEntries} entries. Give fewer.`,
          { argument: name },
        );
      entries.push(read(entry, `${name}[${entries.length}]`));
    }
    return entries;
  };

export const list =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, name) => {
    if (!Array.isArray(value)) throw invalidArgument(name, 'a list', value);
    return each('a list', read)(value, name);
  };

/** Numbers by position: a list or a typed array of them. */
export const numbers: Reader<ArrayLike<number>> = (value, name) =>
  ArrayBuffer.isView(value) && !(value instanceof DataView)
    ? (value as unknown as ArrayLike<number>)
    : list(number)(value, name);

/** An object whose values are all read alike. */
export const recordOf =
  <T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> =>
  (value, name) => {
    if (!isRecord(value)) throw invalidArgument(name, 'an object', value);
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, read(entry, `${name}.${key}`)]),
    );
  };
