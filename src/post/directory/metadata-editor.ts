/**
 * Which field of postdata_metadata.json may be changed, why or why not, and the new file's text. The
 * file on the disk is never touched: the user downloads the new one and puts it there.
 */
import type { BytesLike } from '../../base/bytes';
import { equalBytes, readBytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { unsignedInteger } from '../../base/json';
import type { PostMetadata } from '../../protocol/metadata';
import { totalLabels, writeMetadata } from '../../protocol/metadata';
import { labelBytes } from '../../protocol/units';

/** `safe`: at any time while the node is stopped. `before-first-atx`: only then. `never`: the data would be worthless. */
type FieldSafety = 'safe' | 'before-first-atx' | 'never';

export interface FieldRule {
  readonly safety: FieldSafety;
  /** What the field is for and what a change does. */
  readonly explanation: string;
}

/** By field, in the file's order. */
export const fieldRules = {
  nodeId: {
    safety: 'never',
    explanation:
      'Every label was computed from the identity’s public key. With another one the labels do not fit any more and no proof is valid.',
  },
  commitmentAtxId: {
    safety: 'never',
    explanation:
      'Every label was computed from the commitment ATX too. Only if this field was damaged may it be put back to what the data was made with.',
  },
  labelsPerUnit: {
    safety: 'never',
    explanation: 'It belongs to the network (2^32 on mainnet); the node refuses any other.',
  },
  numUnits: {
    safety: 'before-first-atx',
    explanation:
      'The size that is proved. Before the first ATX it may follow what is really on the disk. Later it would change the identity’s weight, its difficulty and whether its VRF nonce is good enough; a smaller number makes the node delete files.',
  },
  maxFileSize: {
    safety: 'never',
    explanation:
      'A label’s place is its file’s rank × MaxFileSize. With another value every label but those of the first file is looked for in the wrong place.',
  },
  nonce: {
    safety: 'safe',
    explanation:
      'The index of the VRF nonce’s label. Any label below the difficulty will do; a lower one is no better. A wrong one makes the network refuse the next ATX.',
  },
  nonceValue: {
    safety: 'safe',
    explanation:
      'The first 16 bytes of the label at Nonce, for the node to compare with. Change it together with Nonce, or leave it out: the node computes it.',
  },
  lastPosition: {
    safety: 'safe',
    explanation:
      'How far the search beyond the end of the data has come. Without it the search begins at the end of the data.',
  },
} as const satisfies Record<keyof PostMetadata, FieldRule>;

/** New values as a form or a script gives them; '' or null takes an optional field out. */
export type MetadataChange = {
  readonly [Field in keyof PostMetadata]?: BytesLike | bigint | number | null | undefined;
};

interface ChangedField {
  readonly field: keyof PostMetadata;
  readonly safety: FieldSafety;
  readonly explanation: string;
}

export interface MetadataEdit {
  readonly metadata: PostMetadata;
  /** Only what really differs. */
  readonly changes: readonly ChangedField[];
  /** Whether nothing in it can cost data or rewards, as far as is known here. */
  readonly allowed: boolean;
  /** In plain words; present unless `allowed`. */
  readonly danger: string | undefined;
  /** What must be typed before the file is handed over: the fields that are dangerous. '' where none is. */
  readonly confirmation: string;
  /** Things to look at before the file is used. */
  readonly warnings: readonly string[];
  /** The new file as the node writes it, for download. */
  readonly text: string;
}

/** What else is known of the identity. */
export interface EditContext {
  /** Whether it has published an ATX; undefined if that is not known, which counts as yes. */
  readonly hasAtx?: boolean | undefined;
}

/**
 * Applies a change to the metadata and states what it means.
 * @throws WorkbenchError `metadata-field-invalid`, `bytes-wrong-length`, `bytes-not-readable`
 */
export function editMetadata(
  metadata: PostMetadata,
  change: MetadataChange,
  { hasAtx }: EditContext = {},
): MetadataEdit {
  const edited = applyChange(metadata, change);
  const fields = Object.keys(fieldRules) as (keyof PostMetadata)[];
  const changes = fields
    .filter((field) => !same(metadata[field], edited[field]))
    .map((field) => ({ field, ...fieldRules[field] }));
  const grows = edited.numUnits > metadata.numUnits;
  const dangerous = changes.filter(
    ({ safety }) =>
      safety === 'never' || (safety === 'before-first-atx' && (hasAtx !== false || grows)),
  );
  const dangers = dangerous.map(({ field, safety, explanation }) =>
    safety === 'never'
      ? `${fileKey(field)} must never be changed. ${explanation}`
      : hasAtx === false
        ? `${fileKey(field)} must not grow here: change smeshing-opts-numunits instead, and the node initialises the rest. ${explanation}`
        : `${fileKey(field)} may be changed only before the first ATX${hasAtx ? ', and this identity has published one' : '; open a state.sql to see whether there is one'}. ${explanation}`,
  );
  return {
    metadata: edited,
    changes,
    allowed: dangers.length === 0,
    danger: dangers.length > 0 ? dangers.join('\n') : undefined,
    confirmation: dangerous.map(({ field }) => fileKey(field)).join(' '),
    warnings: [...warningsOn(metadata, edited)],
    text: writeMetadata(edited),
  };
}

/** Whether the typed words confirm an edit: all fields that are dangerous, in any case and with any blanks. */
export function isConfirmed(
  { confirmation }: Pick<MetadataEdit, 'confirmation'>,
  typed: string,
): boolean {
  return typed.trim().replace(/\s+/g, ' ').toLowerCase() === confirmation.toLowerCase();
}

/** A field's key in the file. */
const fileKey = (field: keyof PostMetadata): string =>
  field.charAt(0).toUpperCase() + field.slice(1);

function applyChange(metadata: PostMetadata, change: MetadataChange): PostMetadata {
  const given = (field: keyof PostMetadata) =>
    Object.hasOwn(change, field) && change[field] !== undefined;
  const absent = (field: keyof PostMetadata) => change[field] === null || change[field] === '';
  const id = (field: 'nodeId' | 'commitmentAtxId') =>
    given(field) ? readBytes(bytesLike(field, change[field]), 32, fileKey(field)) : metadata[field];
  const count = <Field extends 'labelsPerUnit' | 'maxFileSize' | 'nonce' | 'lastPosition'>(
    field: Field,
  ) => (given(field) ? integer(field, change[field], 64) : metadata[field]);
  const optional = (field: 'nonce' | 'lastPosition') => (absent(field) ? undefined : count(field));
  return {
    nodeId: id('nodeId'),
    commitmentAtxId: id('commitmentAtxId'),
    labelsPerUnit: count('labelsPerUnit'),
    numUnits: given('numUnits')
      ? Number(integer('numUnits', change.numUnits, 32))
      : metadata.numUnits,
    maxFileSize: count('maxFileSize'),
    nonce: optional('nonce'),
    nonceValue: absent('nonceValue')
      ? undefined
      : given('nonceValue')
        ? readBytes(bytesLike('nonceValue', change.nonceValue), labelBytes, 'NonceValue')
        : metadata.nonceValue,
    lastPosition: optional('lastPosition'),
  };
}

const invalid = (field: keyof PostMetadata, wanted: string): WorkbenchError =>
  new WorkbenchError('metadata-field-invalid', `${fileKey(field)} must be ${wanted}.`, { field });

function bytesLike(
  field: keyof PostMetadata,
  value: MetadataChange[keyof PostMetadata],
): BytesLike {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw invalid(field, 'bytes, as hex or base64');
}

function integer(
  field: keyof PostMetadata,
  value: MetadataChange[keyof PostMetadata],
  bits: 32 | 64,
): bigint {
  const digits = typeof value === 'string' ? value.trim() : String(value);
  const read = unsignedInteger({ type: 'number', at: 0, digits }, bits);
  if (read === undefined)
    throw invalid(field, `a whole number from 0 to ${(1n << BigInt(bits)) - 1n}`);
  return read;
}

const same = (a: PostMetadata[keyof PostMetadata], b: PostMetadata[keyof PostMetadata]): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? equalBytes(a, b) : a === b;

function* warningsOn(before: PostMetadata, after: PostMetadata): Iterable<string> {
  const nonceMoved = after.nonce !== undefined && before.nonce !== after.nonce;
  if (nonceMoved && after.nonceValue && same(before.nonceValue, after.nonceValue))
    yield 'Nonce was changed but NonceValue was not: set it to the first 16 bytes of the new label, or take it out.';
  if (after.nonce === undefined && after.nonceValue)
    yield 'NonceValue without Nonce means nothing: the node would keep a value whose place it does not know.';
  if (after.nonce !== undefined && after.nonce >= totalLabels(after))
    yield `Nonce ${after.nonce} is beyond the ${totalLabels(after)} labels. That is right only if the search beyond the data found it.`;
  if (after.numUnits > before.numUnits)
    yield 'NumUnits became larger: the node would initialise the rest, and the VRF nonce must be good for the larger size.';
  if (after.numUnits < before.numUnits)
    yield 'NumUnits became smaller: set smeshing-opts-numunits to the same number. The node then deletes the files beyond it.';
}
