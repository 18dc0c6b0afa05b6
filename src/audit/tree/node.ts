/** What trees of blobs are made of: a node for every field, and the ways to make one. */
import { isZero, toHex, type Bytes } from '../../base/bytes';

export interface TreeNode {
  readonly name: string;
  /** Empty where the children say it all. */
  readonly value: string;
  /** As stored in the blob, where the value is bytes. */
  readonly bytes?: Bytes | undefined;
  /** One plain sentence. */
  readonly explanation: string;
  /** The field in go-spacemesh: "NIPostChallengeV1.PrevATXID"; empty for what is computed here. */
  readonly goName: string;
  /** What the value is the id of, so that a page can link it. */
  readonly refersTo?: 'atx' | 'smesher' | 'ballot' | 'block' | 'poet' | 'coinbase' | undefined;
  readonly children: readonly TreeNode[];
}

/** What a field is: its name for the user, its Go name, its sentence. */
export type Field = readonly [name: string, goName: string, explanation: string];

/** @param value in one line what the children say; empty if they must be read */
export const group = (
  [name, goName, explanation]: Field,
  value: string,
  children: readonly TreeNode[],
): TreeNode => ({ name, value, goName, explanation, children });

export const plain = (field: Field, value: number | bigint | string): TreeNode =>
  group(field, String(value), []);

export const raw = (field: Field, bytes: Bytes, refersTo?: TreeNode['refersTo']): TreeNode => ({
  ...plain(field, bytes.length === 0 ? 'empty' : toHex(bytes)),
  bytes,
  refersTo,
});

/** An id of which zeros mean that there is none. */
export const link = (field: Field, id: Bytes, refersTo: TreeNode['refersTo']): TreeNode =>
  isZero(id) ? { ...plain(field, 'none'), bytes: id } : raw(field, id, refersTo);

/** @param absent what it means that the field is not there: a sentence that then replaces the field's own */
export function optional<T>(
  field: Field,
  absent: string,
  value: T | undefined,
  node: (field: Field, value: T) => TreeNode,
): TreeNode {
  const [name, goName] = field;
  return value === undefined ? plain([name, goName, absent], 'absent') : node(field, value);
}

export function list<T>(
  field: Field,
  elements: readonly T[],
  node: (element: T, i: number) => TreeNode,
): TreeNode {
  const value = elements.length === 0 ? 'none' : String(elements.length);
  return group(field, value, elements.map(node));
}

/** The id of a message, which it does not contain. */
export const computedId = (id: Bytes): TreeNode =>
  raw(
    ['id', '', 'Recomputed from the content; it is the key under which the database has it.'],
    id,
  );

/** Who published a message, and the signature that proves it. @param owner the Go type of the message */
export const signer = (owner: string, smesher: Bytes, signature: Bytes): readonly TreeNode[] => [
  raw(['smesher', `${owner}.SmesherID`, 'The public key of who published it.'], smesher, 'smesher'),
  raw(
    [
      'signature',
      `${owner}.Signature`,
      'Ed25519, over the genesis id of the network, a byte for the purpose, and the message.',
    ],
    signature,
  ),
];
