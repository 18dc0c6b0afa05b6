/** Proofs that an identity broke the rules, as `identities.proof` holds them (go-spacemesh v1.7.6 malfeasance/wire). */
import type { AtxV1 } from './atx';
import { readAtxV1 } from './atx';
import type { Bytes } from '../base/bytes';
import { concatBytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { SigningDomain } from './signing';
import { ScaleReader, encodeCompact } from './scale';

/** One of two messages that must not both exist: what was signed, by whom. */
export interface SignedMessage {
  /** Of an ATX its publish epoch, else the layer. */
  readonly time: number;
  /** Only of Hare messages. */
  readonly round: number | undefined;
  readonly messageHash: Bytes;
  readonly smesher: Bytes;
  readonly signature: Bytes;
  /** The bytes under the signature. */
  readonly signed: Bytes;
}

export type MalfeasanceProof = { readonly generatedLayer: number } & (
  | {
      readonly kind: 'multiple-atxs' | 'multiple-ballots' | 'hare-equivocation';
      readonly messages: readonly [SignedMessage, SignedMessage];
      readonly domain: SigningDomain;
    }
  /** `index` is a position in the PoST of the ATX. */
  | { readonly kind: 'invalid-post-index'; readonly atx: AtxV1; readonly index: number }
  /** Two ATXs on one previous ATX. */
  | { readonly kind: 'invalid-previous-atx'; readonly atxs: readonly [AtxV1, AtxV1] }
);

const twoMessages = {
  1: { kind: 'multiple-atxs', domain: 'atx' },
  2: { kind: 'multiple-ballots', domain: 'ballot' },
  3: { kind: 'hare-equivocation', domain: 'hare' },
} as const;

/** @throws WorkbenchError `scale-invalid`, `malfeasance-unknown` */
export function decodeMalfeasance(blob: Uint8Array): MalfeasanceProof {
  const reader = new ScaleReader(blob, 'malfeasance proof');
  const generatedLayer = reader.compact32();
  const [type = 0] = reader.bytes(1);
  const proof = readProofOf(type, reader);
  reader.end();
  return { generatedLayer, ...proof };
}

type ProofOf<Proof> = Proof extends unknown ? Omit<Proof, 'generatedLayer'> : never;

function readProofOf(type: number, reader: ScaleReader): ProofOf<MalfeasanceProof> {
  switch (type) {
    case 1:
    case 2:
    case 3: {
      const message = () => readMessage(reader, type === 3);
      return { ...twoMessages[type], messages: [message(), message()] };
    }
    case 4:
      return { kind: 'invalid-post-index', atx: readAtxV1(reader), index: reader.compact32() };
    case 5:
      return { kind: 'invalid-previous-atx', atxs: [readAtxV1(reader), readAtxV1(reader)] };
    default:
      throw new WorkbenchError(
        'malfeasance-unknown',
        `Malfeasance proof of kind ${type} is not supported. The database may come from a newer node.`,
        { type },
      );
  }
}

function readMessage(reader: ScaleReader, hasRound: boolean): SignedMessage {
  const time = reader.compact32();
  const round = hasRound ? reader.compact32() : undefined;
  const messageHash = reader.bytes(32);
  const numbers = round === undefined ? [time] : [time, round];
  return {
    time,
    round,
    messageHash,
    signed: concatBytes(...numbers.map((number) => encodeCompact(BigInt(number))), messageHash),
    smesher: reader.bytes(32),
    signature: reader.bytes(64),
  };
}
