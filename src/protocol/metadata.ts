/**
 * postdata_metadata.json: the description of a PoST directory.
 * Two programs read it and do not agree: the node (Go post v0.12.9, encoding/json) and the PoST
 * service (post-rs v0.8.5, serde). What either accepts is read here, and the differences are reported.
 */
import { base64, base64nopad, hex } from '@scure/base';
import type { Bytes } from '../base/bytes';
import { toBase64, toHex } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import type { JsonMember, JsonNode, TextPlace } from '../base/json';
import { parseJson, placeAt, unsignedInteger } from '../base/json';
import { labelBytes } from './units';

export const metadataFileName = 'postdata_metadata.json';

export interface PostMetadata {
  /** 32 bytes in any directory that works; Go reads any length, and null as none. */
  readonly nodeId: Bytes;
  readonly commitmentAtxId: Bytes;
  /** u64 */
  readonly labelsPerUnit: bigint;
  /** u32 */
  readonly numUnits: number;
  /** Bytes of every file but the last; u64. */
  readonly maxFileSize: bigint;
  /** Index of the VRF nonce's label, once found; u64. */
  readonly nonce: bigint | undefined;
  /** The first 16 bytes of that label. Only Go knows this field. */
  readonly nonceValue: Bytes | undefined;
  /** How far a search beyond the data's end has come; u64. */
  readonly lastPosition: bigint | undefined;
}

/** Whether a program reads a text, or where and why it refuses. */
type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly place: TextPlace };

export interface MetadataReading {
  /** As the node reads it, or as post-rs does where the node refuses. */
  readonly metadata: PostMetadata;
  readonly node: Verdict;
  readonly postRs: Verdict;
  /** In plain words: where the two differ, and what both ignore. */
  readonly remarks: readonly string[];
}

const metadataKeys = [
  'NodeId',
  'CommitmentAtxId',
  'LabelsPerUnit',
  'NumUnits',
  'MaxFileSize',
  'Nonce',
  'NonceValue',
  'LastPosition',
] as const;
type Key = (typeof metadataKeys)[number];

type Fields = Partial<Record<Key, JsonNode>>;

/** A reader's refusal, on its way to a Verdict. */
class Refusal extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/**
 * Reads a metadata file's text as both references would.
 * @throws WorkbenchError `json-invalid` (with the place), or `metadata-invalid` if neither reads it
 */
export function readMetadata(text: string): MetadataReading {
  const root = parseJson(text, metadataFileName);
  const asNode = attempt(() => readAsGo(root));
  const asPostRs = attempt(() => readAsPostRs(root));
  const metadata =
    'value' in asNode ? asNode.value : 'value' in asPostRs ? asPostRs.value : undefined;
  const node = verdict(asNode, text);
  const postRs = verdict(asPostRs, text);
  if (!metadata) throw unreadable(node, postRs);
  const remarks = [...unknownKeys(root)];
  if (!node.ok) remarks.unshift(`The node rejects this file: ${describe(node)}.`);
  if (!postRs.ok)
    remarks.unshift(`The PoST service (post-rs) rejects this file: ${describe(postRs)}.`);
  if ('value' in asNode && 'value' in asPostRs)
    remarks.push(...differences(asNode.value, asPostRs.value));
  return { metadata, node, postRs, remarks };
}

type Attempt = { readonly value: PostMetadata } | { readonly refusal: Refusal };

function attempt(read: () => PostMetadata): Attempt {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}

const verdict = (attempted: Attempt, text: string): Verdict =>
  'value' in attempted
    ? { ok: true }
    : { ok: false, reason: attempted.refusal.message, place: placeAt(text, attempted.refusal.at) };

const describe = (refused: Verdict & { ok: false }): string =>
  `${refused.reason} (line ${refused.place.line}, column ${refused.place.column})`;

function unreadable(node: Verdict, postRs: Verdict): WorkbenchError {
  const refused = node.ok ? postRs : node;
  const place = refused.ok ? undefined : refused.place;
  return new WorkbenchError(
    'metadata-invalid',
    `${metadataFileName} is not usable: ${refused.ok ? '' : describe(refused)}:\n${place?.excerpt ?? ''}`,
    { ...place, node, postRs },
  );
}

const notSet: PostMetadata = {
  nodeId: new Uint8Array(),
  commitmentAtxId: new Uint8Array(),
  labelsPerUnit: 0n,
  numUnits: 0,
  maxFileSize: 0n,
  nonce: undefined,
  nonceValue: undefined,
  lastPosition: undefined,
};

/** encoding/json: keys in any case, the last duplicate counts, null and missing are the zero value. */
function readAsGo(root: JsonNode): PostMetadata {
  if (root.type === 'null') return notSet;
  if (root.type !== 'object') throw new Refusal('it must be a JSON object', root.at);
  const fields: Fields = {};
  for (const member of root.members) {
    const key = metadataKeys.find((known) => known.toLowerCase() === member.key.toLowerCase());
    if (!key) continue;
    checkAsGo(key, member.value);
    // null leaves a number as an earlier duplicate set it; pointers and slices it clears.
    if (member.value.type !== 'null' || !numbers.has(key)) fields[key] = member.value;
  }
  return assemble(fields, (node) => goBytes(node));
}

const numbers: ReadonlySet<Key> = new Set(['LabelsPerUnit', 'NumUnits', 'MaxFileSize']);

/** Go rejects the file for any value of a wrong type, also for one that a duplicate overrides. */
function checkAsGo(key: Key, node: JsonNode): void {
  if (key === 'NodeId' || key === 'CommitmentAtxId') goBytes(node, key);
  else if (key === 'NonceValue') nonceValueBytes(node);
  else integer(key, node);
}

function goBytes(node: JsonNode, key = 'An id'): Bytes {
  if (node.type === 'null') return new Uint8Array();
  if (node.type !== 'string') throw new Refusal(`${key} must be base64 in quotes`, node.at);
  // Go's decoder skips line breaks within base64.
  return decode(
    () => base64.decode(node.value.replace(/[\r\n]/g, '')),
    node,
    `${key} is not padded standard base64`,
  );
}

/** serde: exact keys, required fields, no duplicates, ids of 32 bytes with or without padding; NonceValue is unknown to it. */
function readAsPostRs(root: JsonNode): PostMetadata {
  if (root.type !== 'object') throw new Refusal('it must be a JSON object', root.at);
  const fields: Fields = {};
  for (const { key, keyAt, value } of root.members) {
    const known = metadataKeys.find((name) => name === key && name !== 'NonceValue');
    if (!known) continue;
    if (fields[known]) throw new Refusal(`${known} occurs twice`, keyAt);
    fields[known] = value;
  }
  for (const key of ['NodeId', 'CommitmentAtxId', ...numbers] as const) {
    const node = fields[key];
    if (!node) throw new Refusal(`${key} is missing`, root.at);
    if (node.type === 'null') throw new Refusal(`${key} is null`, node.at);
  }
  return assemble(fields, postRsId);
}

function postRsId(node: JsonNode, key: Key): Bytes {
  if (node.type !== 'string') throw new Refusal(`${key} must be base64 in quotes`, node.at);
  // Padding may be left out, but not be more than belongs there (base64 crate, DecodePaddingMode::Indifferent).
  const { value } = node;
  const id = decode(
    () => base64nopad.decode(value.length % 4 === 0 ? value.replace(/={1,2}$/, '') : value),
    node,
    `${key} is not standard base64`,
  );
  if (id.length !== 32)
    throw new Refusal(`${key} has ${counted(id.length, 'byte')}, but an id has 32`, node.at);
  return id;
}

function assemble(fields: Fields, readId: (node: JsonNode, key: Key) => Bytes): PostMetadata {
  const id = (key: Key) => (fields[key] ? readId(fields[key], key) : new Uint8Array());
  const number = (key: Key) => (fields[key] ? integer(key, fields[key]) : undefined);
  const nonceValue = fields.NonceValue && nonceValueBytes(fields.NonceValue);
  return {
    nodeId: id('NodeId'),
    commitmentAtxId: id('CommitmentAtxId'),
    labelsPerUnit: number('LabelsPerUnit') ?? 0n,
    numUnits: Number(number('NumUnits') ?? 0n),
    maxFileSize: number('MaxFileSize') ?? 0n,
    nonce: number('Nonce'),
    // Go reads "" and null as an empty value and writes it back as none.
    nonceValue: nonceValue?.length ? nonceValue : undefined,
    lastPosition: number('LastPosition'),
  };
}

function integer(key: Key, node: JsonNode): bigint | undefined {
  if (node.type === 'null') return undefined;
  const bits = key === 'NumUnits' ? 32 : 64;
  const value = unsignedInteger(node, bits);
  if (value === undefined)
    throw new Refusal(
      `${key} must be a whole number from 0 to ${(1n << BigInt(bits)) - 1n}, without quotes, point or sign`,
      node.at,
    );
  return value;
}

function nonceValueBytes(node: JsonNode): Bytes {
  if (node.type === 'null') return new Uint8Array();
  if (node.type !== 'string') throw new Refusal('NonceValue must be hex in quotes', node.at);
  return decode(() => hex.decode(node.value), node, 'NonceValue is not hex');
}

function decode(from: () => Uint8Array, node: JsonNode, reason: string): Bytes {
  try {
    return new Uint8Array(from());
  } catch {
    throw new Refusal(reason, node.at);
  }
}

/** A file with more keys than this is not metadata; its remarks need not name them all. */
const maxUnknownKeys = 20;

function* unknownKeys(root: JsonNode): Iterable<string> {
  const members: readonly JsonMember[] = root.type === 'object' ? root.members : [];
  const keys = new Set(members.map(({ key }) => key));
  for (const key of Array.from(keys).slice(0, maxUnknownKeys)) {
    const folded = key.toLowerCase();
    if (metadataKeys.some((known) => known.toLowerCase() === folded)) continue;
    const meant = metadataKeys.find(
      (known) => known.toLowerCase() === folded.replace(/[_\s-]/g, ''),
    );
    yield meant
      ? `The key “${key}” is not read by the node or by post-rs. Rename it to “${meant}”.`
      : `The key “${key}” is unknown to the node and to post-rs; both ignore it.`;
  }
}

function* differences(node: PostMetadata, postRs: PostMetadata): Iterable<string> {
  const values = (m: PostMetadata): Record<string, string> => ({
    NodeId: toHex(m.nodeId),
    CommitmentAtxId: toHex(m.commitmentAtxId),
    LabelsPerUnit: String(m.labelsPerUnit),
    NumUnits: String(m.numUnits),
    MaxFileSize: String(m.maxFileSize),
    Nonce: String(m.nonce ?? 'none'),
    LastPosition: String(m.lastPosition ?? 'none'),
  });
  const asPostRs = values(postRs);
  for (const [key, value] of Object.entries(values(node)))
    if (value !== asPostRs[key])
      yield `The node reads ${key} as ${value}, but post-rs as ${asPostRs[key]}: the key occurs in two spellings.`;
}

/**
 * The file as the node writes it, byte for byte (json.MarshalIndent with a tab, no newline at the end,
 * what is not set left out). An id of no bytes is written as null.
 */
export function writeMetadata(metadata: PostMetadata): string {
  const id = (bytes: Bytes) => (bytes.length > 0 ? `"${toBase64(bytes)}"` : 'null');
  const fields: [Key, string | undefined][] = [
    ['NodeId', id(metadata.nodeId)],
    ['CommitmentAtxId', id(metadata.commitmentAtxId)],
    ['LabelsPerUnit', String(metadata.labelsPerUnit)],
    ['NumUnits', String(metadata.numUnits)],
    ['MaxFileSize', String(metadata.maxFileSize)],
    ['Nonce', metadata.nonce?.toString()],
    ['NonceValue', metadata.nonceValue && `"${toHex(metadata.nonceValue)}"`],
    ['LastPosition', metadata.lastPosition?.toString()],
  ];
  const lines = fields.flatMap(([key, value]) =>
    value === undefined ? [] : [`\t"${key}": ${value}`],
  );
  return `{\n${lines.join(',\n')}\n}`;
}

type Geometry = Pick<PostMetadata, 'numUnits' | 'labelsPerUnit' | 'maxFileSize'>;

/** Labels of the directory. */
export const totalLabels = ({ numUnits, labelsPerUnit }: Omit<Geometry, 'maxFileSize'>): bigint =>
  BigInt(numUnits) * labelsPerUnit;

/**
 * Labels of one full file.
 * @throws WorkbenchError `max-file-size-invalid` unless MaxFileSize is a multiple of the label size, as the references demand
 */
export function labelsPerFile({ maxFileSize }: Pick<Geometry, 'maxFileSize'>): bigint {
  const bytes = BigInt(labelBytes);
  if (maxFileSize === 0n || maxFileSize % bytes !== 0n)
    throw new WorkbenchError(
      'max-file-size-invalid',
      `MaxFileSize must be a multiple of ${labelBytes} bytes (one label) above 0, but it is ${maxFileSize}.`,
      { maxFileSize },
    );
  return maxFileSize / bytes;
}

/** Files that a complete directory has. */
export function fileCount(geometry: Geometry): bigint {
  const perFile = labelsPerFile(geometry);
  return (totalLabels(geometry) + perFile - 1n) / perFile;
}

/** Labels of the file at `index` in a complete directory; 0 past the end. */
export function labelsInFile(geometry: Geometry, index: number | bigint): bigint {
  const perFile = labelsPerFile(geometry);
  const left = totalLabels(geometry) - BigInt(index) * perFile;
  if (left <= 0n) return 0n;
  return left < perFile ? left : perFile;
}

/**
 * Recognises a file that was cut off while it was written, or that a power loss filled with zeros.
 * @returns the error `metadata-torn`, which names the fields that are still readable; undefined for any other text
 */
export function tornMetadata(text: string): WorkbenchError | undefined {
  const zeros = text.split('\0').length - 1;
  const rest = text.replaceAll('\0', '').trim();
  const isCutOff = rest === '' || (rest.startsWith('{') && !rest.endsWith('}'));
  if (zeros === 0 && !isCutOff) return undefined;
  const state =
    text.length === 0
      ? 'is empty'
      : zeros > 0
        ? `is damaged: ${zeros} of its ${counted(text.length, 'character')} are zero bytes`
        : 'is cut off';
  const readable = metadataKeys.flatMap((key) => {
    const value = new RegExp(
      `"${key}":[ \\t]{0,8}("[A-Za-z0-9+/=]{1,64}"|\\d{1,20})\\s{0,8}[,}]`,
    ).exec(rest)?.[1];
    return value === undefined ? [] : [`${key} ${value}`];
  });
  return new WorkbenchError(
    'metadata-torn',
    `${metadataFileName} ${state}. A crash or a power loss does this. ${readable.length > 0 ? `Still readable: ${readable.join(', ')}.` : 'None of its fields is readable.'}`,
    { zeros, readable },
  );
}
