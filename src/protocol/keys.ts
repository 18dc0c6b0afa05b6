/**
 * Smesher keys as text: `local.key` and the other `*.key` files are the lower-case hex of the ed25519 seed and
 * the public key, 128 digits and no newline (go-spacemesh signing/signer.go, ToFile and FromFile).
 */
import { base64, hex } from '@scure/base';
import { concatBytes, equalBytes, toHex, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { publicKeyOfSeed, signWithSeed, type SigningDomain } from './signing';
import { clearLastMatch, withoutTrailing } from '../base/text';

/**
 * A private key that cannot be seen by accident: the seed is in no property, so that neither JSON, the console,
 * structured clone nor a rendered template shows it.
 */
export class PrivateKey {
  readonly publicKey: Bytes;
  readonly #seed: Bytes;

  constructor(seed: Uint8Array) {
    if (seed.length !== 32)
      throw new WorkbenchError('seed-wrong-length', 'A private seed has 32 bytes.', {
        actualBytes: seed.length,
      });
    this.#seed = new Uint8Array(seed);
    this.publicKey = publicKeyOfSeed(this.#seed);
  }

  /** @returns the signature, 64 bytes, over network ‖ domain ‖ message. */
  sign(network: Uint8Array, domain: SigningDomain, message: Uint8Array): Bytes {
    return signWithSeed(this.#seed, network, domain, message);
  }

  /** The contents of the key file, as the node writes and expects them. Its owner can act as the smesher. */
  toKeyFile(): string {
    return toHex(concatBytes(this.#seed, this.publicKey));
  }

  /** Overwrites the seed; the key is of no further use. Best effort: the engine may have made copies. */
  wipe(): void {
    this.#seed.fill(0);
  }
}

/** Something about how a key was written that its owner should know. */
export interface KeyNote {
  readonly code: 'node-refuses-file' | 'public-key-only' | 'upper-case';
  readonly message: string;
}

export interface ParsedKey {
  readonly publicKey: Bytes;
  /** Absent where only the public half was given. */
  readonly privateKey: PrivateKey | undefined;
  readonly notes: readonly KeyNote[];
}

// Key files have 128 characters; this leaves space for wrapping, and rejects a dropped disk image early.
const longestText = 4096;

/**
 * Reads a key file's contents or a pasted key: 64 bytes (seed ‖ public key) or 32 bytes (public key), as hex with
 * or without 0x, or base64 of either alphabet. White space is ignored, and noted where the node would refuse it.
 * No error repeats any of the text, and nothing refers to it afterwards.
 * @throws WorkbenchError `key-…`
 */
export function parseKey(text: string): ParsedKey {
  try {
    return readKey(text);
  } finally {
    clearLastMatch();
  }
}

function readKey(text: string): ParsedKey {
  if (text.length > longestText)
    throw new WorkbenchError(
      'key-too-long',
      'This is too long for a key. A key file has exactly 128 hex digits.',
      { characters: text.length },
    );
  const foreign = foreignKind(text);
  if (foreign) throw new WorkbenchError('key-of-other-kind', foreign);
  // JavaScript counts a byte order mark as white space.
  const compact = text.replace(/\s+/g, '');
  const bytes = decode(compact);
  if (bytes.length === 32)
    return {
      publicKey: bytes,
      privateKey: undefined,
      notes: [
        {
          code: 'public-key-only',
          message:
            'These 32 bytes are taken for the public key (the smesher ID). If they are a private seed, keep them secret.',
        },
      ],
    };
  const seed = bytes.slice(0, 32);
  const stated = bytes.slice(32);
  const privateKey = new PrivateKey(seed);
  bytes.fill(0, 0, 32);
  seed.fill(0);
  if (!equalBytes(privateKey.publicKey, stated)) {
    privateKey.wipe();
    throw new WorkbenchError(
      'key-halves-differ',
      'The private and the public half of this key do not match, so the node rejects it. The file is damaged or combines two keys. Restore it from a backup.',
      { statedPublicKey: toHex(stated), derivedPublicKey: toHex(privateKey.publicKey) },
    );
  }
  return { publicKey: privateKey.publicKey, privateKey, notes: fileNotes(text) };
}

function decode(compact: string): Bytes {
  if (compact === '')
    throw new WorkbenchError('key-empty', 'There is no key here: the text is empty.');
  const digits = compact.replace(/^0x/i, '');
  if (/^[0-9a-f]+$/i.test(digits) && (digits.length === 128 || digits.length === 64))
    return new Uint8Array(hex.decode(digits));
  if (/^[0-9a-f]+$/i.test(digits) && digits.length > 64)
    throw new WorkbenchError(
      'key-wrong-length',
      `A key file has 128 hex digits, but this has ${digits.length}: ${digits.length < 128 ? 'some are missing' : 'there are too many'}.`,
      { characters: digits.length, expectedCharacters: 128 },
    );
  const bare = withoutTrailing(compact, '=').replace(/-/g, '+').replace(/_/g, '/');
  if (/^[0-9a-z+/]+$/i.test(bare) && (bare.length === 43 || bare.length === 86))
    try {
      return new Uint8Array(base64.decode(bare.padEnd(Math.ceil(bare.length / 4) * 4, '=')));
    } catch {
      // The last character carries bits that belong to no byte; the cause would repeat the text.
    }
  throw new WorkbenchError(
    'key-not-readable',
    'This is not a Spacemesh key. Expected: 128 hex digits (a key file), 64 hex digits (a smesher ID), or the same in base64 (88 or 44 characters).',
    { characters: compact.length },
  );
}

/** Names the other secrets that are found next to a key file, without repeating them. */
function foreignKind(text: string): string | undefined {
  const start = text.trimStart();
  if (/^-----BEGIN/.test(start))
    return 'This is a PEM file (a TLS or SSH key). A smesher key file has 128 hex digits and nothing else.';
  if (/^ssh-/.test(start)) return 'This is an SSH key, not a smesher key.';
  if (!start.startsWith('{')) return undefined;
  if (/"Key"\s*:/.test(start) && /"ID"\s*:/.test(start))
    return "This is p2p.key, the node's network key. It earns nothing and may differ on every machine; the smesher key is identities/local.key.";
  if (/"(CommitmentAtxId|NodeId)"/i.test(start))
    return 'This is postdata_metadata.json. It names an identity, but it is not a key. Open it on the PoST page or add it to the inventory.';
  if (/"crypto"|"ciphertext"/i.test(start))
    return 'This is a wallet file. It holds coins, not a smesher key: never paste it anywhere.';
  return 'This is JSON, not a key. A smesher key file has 128 hex digits and nothing else.';
}

function fileNotes(text: string): KeyNote[] {
  const notes: KeyNote[] = [];
  if (text.length !== 128)
    notes.push({
      code: 'node-refuses-file',
      message:
        'The node rejects a file with this content: it must be 128 hex digits without line break, space, 0x or base64. Save the key from this page to get a valid file.',
    });
  else if (text !== text.toLowerCase())
    notes.push({
      code: 'upper-case',
      message: 'The node writes lower-case digits; it reads upper-case ones as well.',
    });
  return notes;
}

/** The ways in which one identity is written in files, logs and API answers. */
export interface IdentityForms {
  /** Logs and state.sql. */
  readonly hex: string;
  readonly prefixedHex: string;
  /** JSON API, postdata_metadata.json, postcli. */
  readonly base64: string;
  /** Six digits: `smesherID` in the log. */
  readonly short: string;
  /** Five digits: `public_key` in the log. */
  readonly shortKey: string;
}

export function identityForms(publicKey: Uint8Array): IdentityForms {
  const digits = toHex(publicKey);
  return {
    hex: digits,
    prefixedHex: `0x${digits}`,
    base64: base64.encode(publicKey),
    short: digits.slice(0, 6),
    shortKey: digits.slice(0, 5),
  };
}
