/** Keys as their owner handles them: read, generated, saved, tried out. What their text means is in protocol/keys. */
import type { Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { limits, readTextFile } from '../base/read-file';
import {
  identityForms,
  parseKey,
  PrivateKey,
  type IdentityForms,
  type KeyNote,
} from '../protocol/keys';
import { verifySignature } from '../protocol/signing';

export interface Identity {
  readonly publicKey: Bytes;
  readonly hasPrivateKey: boolean;
  /** Signs; shows nothing of itself but in `toKeyFile()`. */
  readonly privateKey: PrivateKey | undefined;
  readonly forms: IdentityForms;
  readonly notes: readonly KeyNote[];
}

/**
 * A key or smesher ID from a file's text or the clipboard.
 * @throws WorkbenchError `key-…`; none of them repeats the text
 */
export function parse(text: string): Identity {
  const { publicKey, privateKey, notes } = parseKey(text);
  return {
    publicKey,
    hasPrivateKey: privateKey !== undefined,
    privateKey,
    forms: identityForms(publicKey),
    notes,
  };
}

/** A new identity from the browser's own randomness. */
export function generate(): Identity {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const privateKey = new PrivateKey(seed);
  seed.fill(0);
  return {
    publicKey: privateKey.publicKey,
    hasPrivateKey: true,
    privateKey,
    forms: identityForms(privateKey.publicKey),
    notes: [],
  };
}

/** To be shown wherever a key is generated or saved. */
export const keyDangers: readonly string[] = [
  'Any owner of this file can act as this smesher. A lost key cannot be replaced, and without it the PoST data made for it is worthless.',
  'Never run two nodes with the same key, not even for a minute: two ATXs for one epoch, or two ballots in one layer, are equivocation. The network then ignores the identity forever.',
  'Save it before any PoST data is initialised, and keep a second copy off the machine.',
  'It holds no coins: rewards go to the coinbase address, whose wallet is another key.',
];

/** @throws WorkbenchError `key-…` */
export async function readKeyFile(file: Blob): Promise<Identity> {
  if (file.size > limits.key.mostBytes)
    throw new WorkbenchError(
      'key-too-long',
      `This file is too large for a key (${file.size} bytes; a key file has 128).`,
      { sizeBytes: file.size },
    );
  const name = file instanceof File ? file.name : 'The key file';
  return parse(await readTextFile(file, { ...limits.key, name }));
}

export interface KeyTrial {
  readonly works: boolean;
  readonly message: Bytes;
  readonly signature: Bytes;
}

/**
 * Shows that a private key works without a node: it signs a fresh random message, and the public key verifies.
 * The domain is PoET's, whose messages are 32-byte challenges, and the random message is none of them.
 * @param network genesis id, 20 bytes
 */
export function tryKey(privateKey: PrivateKey, network: Uint8Array): KeyTrial {
  const message = crypto.getRandomValues(new Uint8Array(48));
  const signature = privateKey.sign(network, 'poet', message);
  return {
    works: verifySignature(privateKey.publicKey, { network, domain: 'poet', message }, signature),
    message,
    signature,
  };
}
