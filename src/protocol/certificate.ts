/** Certificates of Hare: messages of a committee that name a layer's block (go-spacemesh v1.7.6 common/types/block.go). */
import { shortIdBytes } from './ballot';
import { concatBytes, type Bytes } from '../base/bytes';
import { encodeCompact, ScaleReader } from './scale';
import { vrfProofBytes } from './vrf';

/** One member's word for the block. */
export interface CertifyMessage {
  readonly layer: number;
  /** 20 bytes. */
  readonly block: Bytes;
  /** Seats that the member had. */
  readonly eligibilities: number;
  readonly vrfProof: Bytes;
  readonly signature: Bytes;
  readonly smesher: Bytes;
  /** The bytes under the signature. */
  readonly signed: Bytes;
}

export interface Certificate {
  /** 20 bytes. */
  readonly block: Bytes;
  readonly messages: readonly CertifyMessage[];
}

const maxMessages = 1000;

/** @throws WorkbenchError `scale-invalid` */
export function decodeCertificate(blob: Uint8Array): Certificate {
  const reader = new ScaleReader(blob, 'certificate');
  const certificate = {
    block: reader.bytes(shortIdBytes),
    messages: reader.list(maxMessages, () => {
      const start = reader.offset;
      const content = {
        layer: reader.compact32(),
        block: reader.bytes(shortIdBytes),
        eligibilities: Number(reader.compact(16)),
        vrfProof: reader.bytes(vrfProofBytes),
      };
      return {
        ...content,
        signed: reader.since(start),
        signature: reader.bytes(64),
        smesher: reader.bytes(32),
      };
    }),
  };
  reader.end();
  return certificate;
}

/** types.EligibilityHare and eligibility.CertifyRound. */
const hare = 2n;
const certifyRound = 0x7fff_ffffn;

/** What a committee member's VRF proof is over (hare3/eligibility VrfMessage). @param beacon 4 bytes */
export const certifyVrfMessage = (beacon: Uint8Array, layer: number): Bytes =>
  concatBytes(
    encodeCompact(hare),
    beacon,
    encodeCompact(certifyRound),
    encodeCompact(BigInt(layer)),
  );
