/**
 * Addresses (coinbases, accounts): 24 bytes, four of them reserved and zero. As text they are bech32 (BIP-173,
 * not bech32m) of all 24 bytes without a version, under the network's prefix
 * (go-spacemesh common/types/address.go, address_config.go). The database holds the bytes and no prefix.
 */
import { bech32 } from '@scure/base';
import type { Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';

export const addressBytes = 24;
/** A coinbase is sometimes written without them. */
export const reservedBytes = 4;

/** Prefixes of known networks: mainnet, the public testnets, the node's standalone preset. */
export const addressPrefixes = ['sm', 'stest', 'standalone'] as const;
export type AddressPrefix = (typeof addressPrefixes)[number];

/** 24 bytes as text: "sm1qqqqqq…", 48 characters on mainnet. */
export function formatAddress(address: Uint8Array, prefix: string = 'sm'): string {
  if (address.length !== addressBytes)
    throw new WorkbenchError(
      'address-wrong-length',
      `An address has ${addressBytes} bytes, but this has ${address.length}. Copy all of it.`,
      { bytes: address.length },
    );
  return bech32.encodeFromBytes(prefix, address);
}

export interface ParsedAddress {
  readonly prefix: AddressPrefix;
  readonly bytes: Bytes;
}

/** 24 bytes are 39 characters of bech32; its checksum has six. */
const addressShape = /^[a-z][a-z0-9_-]*1[02-9ac-hj-np-z]{45}$/i;

/** True for what begins as an address of a known network, right or not, or has the shape of one of another network. */
export const looksLikeAddress = (text: string): boolean =>
  addressPrefixes.some((prefix) => text.toLowerCase().startsWith(`${prefix}1`)) ||
  addressShape.test(text);

/**
 * Reads an address of any network.
 * @throws WorkbenchError `address-not-readable` (typing error, wrong checksum), `address-wrong-length`, `address-reserved`
 */
export function decodeAddress(text: string): { readonly prefix: string; readonly bytes: Bytes } {
  const trimmed = text.trim();
  let decoded: { prefix: string; bytes: Uint8Array };
  try {
    decoded = bech32.decodeToBytes(trimmed);
  } catch (cause) {
    throw new WorkbenchError(
      'address-not-readable',
      `This is not a Spacemesh address: a character is wrong or missing (the checksum does not fit). Copy all of it; on mainnet it begins with sm1 and has 48 characters.`,
      { text: trimmed, length: trimmed.length },
      { cause },
    );
  }
  const bytes = new Uint8Array(decoded.bytes);
  if (bytes.length !== addressBytes)
    throw new WorkbenchError(
      'address-wrong-length',
      `An address has ${addressBytes} bytes, but this has ${bytes.length}. Copy all of it.`,
      { bytes: bytes.length },
    );
  if (bytes.subarray(0, reservedBytes).some((byte) => byte !== 0))
    throw new WorkbenchError(
      'address-reserved',
      'This is not an address that a node accepts: its first four bytes must be zero.',
      { text: trimmed },
    );
  return { prefix: decoded.prefix, bytes };
}

/**
 * Reads an address of a known network.
 * @throws WorkbenchError `address-wrong-network`, and those of `decodeAddress`
 */
export function parseAddress(text: string): ParsedAddress {
  const decoded = decodeAddress(text);
  const prefix = addressPrefixes.find((known) => known === decoded.prefix);
  if (prefix) return { prefix, bytes: decoded.bytes };
  throw new WorkbenchError(
    'address-wrong-network',
    `This address belongs to another network ("${decoded.prefix}"). Spacemesh addresses begin with sm1 (mainnet) or stest1 (testnet).`,
    { prefix: decoded.prefix },
  );
}
