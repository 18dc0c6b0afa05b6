/**
 * Signatures as the node makes and checks them: ed25519 over genesis id ‖ domain byte ‖ message, so that a
 * signature from one network or for one purpose is not valid in another (go-spacemesh signing/signer.go).
 */
import * as ed25519 from '@noble/ed25519';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { concatBytes, type Bytes } from '../base/bytes';

ed25519.hashes.sha512 = sha512;

/** What a signature is for; the byte goes between genesis id and message (go-spacemesh signing/signer.go). */
export const signingDomains = {
  atx: 0,
  proposal: 1,
  ballot: 2,
  hare: 3,
  poet: 4,
  marriage: 5,
  beaconFirstMessage: 10,
  beaconFollowupMessage: 11,
} as const;
export type SigningDomain = keyof typeof signingDomains;

/** Mainnet's genesis parameters (go-spacemesh config/mainnet.go). */
export const mainnetGenesis = {
  timeS: Date.parse('2023-07-14T08:00:00Z') / 1000,
  extraData: '00000000000000000001a6bc150307b5c1998045752b3c87eccf3c013036f3cc',
} as const;

/**
 * The golden ATX, 32 bytes, the commitment of smeshers who initialised before the first ATX: blake3 of the
 * genesis time in Unix seconds as decimal text, then the extra data (go-spacemesh config/genesis.go).
 */
export const goldenAtx = (genesisTimeS: number, extraData: string): Bytes =>
  new Uint8Array(blake3(utf8ToBytes(`${genesisTimeS}${extraData}`)));

/** The network's id, 20 bytes: the head of the golden ATX. */
export const genesisId = (genesisTimeS: number, extraData: string): Bytes =>
  goldenAtx(genesisTimeS, extraData).slice(0, 20);

/** The bytes that are signed. `network` is the genesis id, 20 bytes; empty where the node signs without one. */
const signedBytes = (network: Uint8Array, domain: SigningDomain, message: Uint8Array): Bytes =>
  concatBytes(network, Uint8Array.of(signingDomains[domain]), message);

/** @param seed the private half, 32 bytes. @returns 64 bytes. */
export const signWithSeed = (
  seed: Uint8Array,
  network: Uint8Array,
  domain: SigningDomain,
  message: Uint8Array,
): Bytes => new Uint8Array(ed25519.sign(signedBytes(network, domain, message), seed));

/** The public half of a seed, 32 bytes. */
export const publicKeyOfSeed = (seed: Uint8Array): Bytes =>
  new Uint8Array(ed25519.getPublicKey(seed));

/** What an identity signs: a message of one domain and one network, so that it is valid nowhere else. */
export interface SigningInput {
  /** The genesis id, 20 bytes. */
  readonly network: Uint8Array;
  readonly domain: SigningDomain;
  readonly message: Uint8Array;
}

/** False for every signature that does not hold, whatever is wrong with it. */
export function verifySignature(
  publicKey: Uint8Array,
  { network, domain, message }: SigningInput,
  signature: Uint8Array,
): boolean {
  return verifyBytes(publicKey, signedBytes(network, domain, message), signature);
}

/** As `verifySignature`, over what was signed byte for byte. */
export function verifyBytes(
  publicKey: Uint8Array,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  // The node's library (curve25519-voi) refuses keys of small order by default, as noble does without ZIP 215.
  return ed25519.verify(signature, signed, publicKey, { zip215: false });
}

export interface MarriageCertificate {
  readonly network: Uint8Array;
  /** The identity that agrees to be married: its key signed. */
  readonly smesher: Uint8Array;
  /** The identity whose ATX carries the certificate: its 32 bytes are what was signed. */
  readonly publisher: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * A marriage certificate is one identity's signature, in the marriage domain, over the id of the identity that
 * publishes it; the publisher signs its own id for itself (go-spacemesh activation/handler_v2.go).
 */
export const verifyMarriage = ({
  network,
  smesher,
  publisher,
  signature,
}: MarriageCertificate): boolean =>
  verifySignature(smesher, { network, domain: 'marriage', message: publisher }, signature);
