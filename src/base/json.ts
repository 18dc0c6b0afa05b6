/**
 * JSON as operators' files have it: every value keeps its place in the text, so that an error can point
 * at it, and numbers keep their digits, so that a u64 stays exact (JSON.parse gives neither).
 */
import { WorkbenchError } from './error';

export interface JsonMember {
  readonly key: string;
  /** UTF-16 offset of the key's opening quote. */
  readonly keyAt: number;
  readonly value: JsonNode;
}

/** A value and the UTF-16 offset where it starts. A number is its digits as written. */
export type JsonNode = { readonly at: number } & (
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly digits: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly items: readonly JsonNode[] }
  | { readonly type: 'object'; readonly members: readonly JsonMember[] }
);

/** A place in a text: line and column count from 1, columns in characters of the line. */
export interface TextPlace {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** The line (cut to a window around the place if it is long) and a caret under the place. */
  readonly excerpt: string;
}

const excerptCharacters = 76;

export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const newline = text.indexOf('\n', lineStart);
  const lineText = text.slice(lineStart, newline < 0 ? text.length : newline).replace(/\r$/, '');
  const column = offset - lineStart + 1;
  const from = Math.max(
    0,
    Math.min(column - 1 - excerptCharacters / 2, lineText.length - excerptCharacters),
  );
  const window = lineText.slice(from, from + excerptCharacters).replaceAll('\t', ' ');
  const caret = `${' '.repeat(column - 1 - from)}^`;
  return { offset, line, column, excerpt: `${window}\n${caret}` };
}

/** Deep enough for any file of ours, shallow enough for any stack. */
const maxDepth = 512;

const backslashCode = 0x5c;

/**
 * Parses one JSON value (RFC 8259, nothing more: no comments, no trailing commas).
 * @param what the file's name, for the error
 * @throws WorkbenchError `json-invalid` with the place (TextPlace) in its details
 */
export function parseJson(text: string, what = 'This JSON'): JsonNode {
  return new Parser(text, what).document();
}

class Parser {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  document(): JsonNode {
    if (this.#text.startsWith('\ufeff'))
      throw this.#failure(
        'begins with a byte order mark, which the node does not accept. Save it as UTF-8 without BOM',
        0,
      );
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length)
      throw this.#failure(`continues after its end with ${this.#seen()}`);
    return value;
  }

  #value(depth: number): JsonNode {
    this.#skipSpace();
    const at = this.#at;
    switch (this.#text[at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return { type: 'string', at, value: this.#string() };
      case 't':
        return this.#word('true', { type: 'boolean', at, value: true });
      case 'f':
        return this.#word('false', { type: 'boolean', at, value: false });
      case 'n':
        return this.#word('null', { type: 'null', at });
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonNode {
    const at = this.#open(depth);
    const members: JsonMember[] = [];
    while (!this.#closes('}', members.length > 0)) {
      this.#skipSpace();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"')
        throw this.#failure(`needs a key in double quotes, but has ${this.#seen()}`);
      const key = this.#string();
      this.#skipSpace();
      if (this.#text[this.#at] !== ':')
        throw this.#failure(`needs “:” after the key “${key}”, but has ${this.#seen()}`);
      this.#at++;
      members.push({ key, keyAt, value: this.#value(depth + 1) });
    }
    return { type: 'object', at, members };
  }

  #array(depth: number): JsonNode {
    const at = this.#open(depth);
    const items: JsonNode[] = [];
    while (!this.#closes(']', items.length > 0)) items.push(this.#value(depth + 1));
    return { type: 'array', at, items };
  }

  #open(depth: number): number {
    if (depth >= maxDepth) throw this.#failure(`is nested deeper than ${maxDepth} levels`);
    return this.#at++;
  }

  /** Takes the closing bracket, or the comma that must come before every further element. */
  #closes(bracket: '}' | ']', hasElements: boolean): boolean {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === bracket) {
      this.#at++;
      return true;
    }
    if (!hasElements) return false;
    if (next !== ',') throw this.#failure(`needs “,” or “${bracket}”, but has ${this.#seen()}`);
    this.#at++;
    return false;
  }

  #word(word: string, node: JsonNode): JsonNode {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return node;
  }

  #number(): JsonNode {
    const pattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    const at = this.#at;
    pattern.lastIndex = at;
    const digits = pattern.exec(this.#text)?.[0];
    if (digits === undefined) throw this.#unexpected();
    this.#at += digits.length;
    if (/[0-9.]/.test(this.#text[this.#at] ?? ''))
      throw this.#failure(`has a number that is not valid JSON: ${this.#seen()} after ${digits}`);
    return { type: 'number', at, digits };
  }

  #string(): string {
    let end = this.#at + 1;
    while (this.#text[end] !== '"') {
      const code = this.#text.charCodeAt(end);
      if (Number.isNaN(code)) throw this.#failure('has a string that does not end');
      if (code < 0x20)
        throw this.#failure('has a line break or control character in a string', end);
      end += code === backslashCode ? 2 : 1;
    }
    const literal = this.#text.slice(this.#at, end + 1);
    try {
      const value = JSON.parse(literal) as string;
      this.#at = end + 1;
      return value;
    } catch {
      throw this.#failure('has a string with an unknown escape (a backslash is written \\\\)');
    }
  }

  #skipSpace(): void {
    const pattern = /[ \t\n\r]*/y;
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #seen(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? 'its end' : `“${String.fromCodePoint(code)}”`;
  }

  #unexpected(): WorkbenchError {
    return this.#failure(`needs a value, but has ${this.#seen()}`);
  }

  #failure(problem: string, at = this.#at): WorkbenchError {
    return jsonError({ code: 'json-invalid', what: this.#what, problem }, this.#text, at);
  }
}

export interface JsonProblem {
  readonly code: string;
  /** The file's name. */
  readonly what: string;
  /** What follows the name: "has two values of one key". */
  readonly problem: string;
}

/** An error that states the position: "<what> <problem>, at line 6, column 18:" and the line with a caret. */
export function jsonError(
  { code, what, problem }: JsonProblem,
  text: string,
  offset: number,
): WorkbenchError {
  const place = placeAt(text, offset);
  return new WorkbenchError(
    code,
    `${what} ${problem}, at line ${place.line}, column ${place.column}:\n${place.excerpt}`,
    { what, ...place },
  );
}

/**
 * The plain value: integers that a number cannot hold become bigint, of duplicate keys the last wins.
 * Objects have no prototype, so that a key such as `__proto__` is only a key.
 */
export function plainJson(node: JsonNode): unknown {
  switch (node.type) {
    case 'null':
      return null;
    case 'boolean':
    case 'string':
      return node.value;
    case 'number':
      return plainNumber(node.digits);
    case 'array':
      return node.items.map(plainJson);
    case 'object': {
      const plain = Object.create(null) as Record<string, unknown>;
      for (const { key, value } of node.members) plain[key] = plainJson(value);
      return plain;
    }
  }
}

/** Longer integers exist only to make BigInt slow; no field of ours is wider than 256 bits (78 digits). */
const maxIntegerDigits = 80;

function plainNumber(digits: string): number | bigint {
  const value = Number(digits);
  const exact =
    Number.isSafeInteger(value) || !isInteger(digits) || digits.length > maxIntegerDigits;
  return exact ? value : BigInt(digits);
}

const isInteger = (digits: string): boolean => /^-?[0-9]+$/.test(digits);

/**
 * An unsigned integer written as one: no fraction, no exponent, no sign, as Go and serde read u32 and u64.
 * @returns undefined if the node is anything else or the value needs more than `bits`
 */
export function unsignedInteger(node: JsonNode, bits: 32 | 64): bigint | undefined {
  if (node.type !== 'number' || !/^[0-9]{1,20}$/.test(node.digits)) return undefined;
  const value = BigInt(node.digits);
  return value >> BigInt(bits) === 0n ? value : undefined;
}
