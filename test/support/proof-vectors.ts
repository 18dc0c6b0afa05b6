/** The verifications of proof.json in our types, for suites with real kernels and for quick ones. */
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { expect } from 'vitest';
import { readProof } from '../../src/protocol/proof';
import type { Statement, Verification, VerificationMode } from '../../src/protocol/verification';

export interface Case {
  name: string;
  proof: { nonce: number; indices: string; pow: string };
  metadata: { node_id: string; commitment_atx_id: string; challenge: string; num_units: number };
  config: { k1: number; k2: number; pow_difficulty: string };
  init_config: {
    min_num_units: number;
    max_num_units: number;
    labels_per_unit: string;
    scrypt: { n: number };
  };
  mode:
    | { type: 'all' }
    | { type: 'one'; index: number }
    | { type: 'subset'; k3: number; seed: string; selected_index_ids: number[] | null };
  expect: { ok: boolean; ffi: string; kind?: string; message?: string } & Record<string, unknown>;
}
interface Directory {
  name: string;
  scrypt: { n: number };
  proof: Case['proof'];
  proof_json_as_serialised_by_post_rs: string;
  verify: Case[];
}

const { dirs } = JSON.parse(
  readFileSync(new URL('../data/post/proof.json', import.meta.url), 'utf8'),
) as { dirs: Directory[] };
export const directories: readonly Directory[] = dirs;

function modeOf({ mode }: Case): VerificationMode {
  if (mode.type === 'all') return 'all';
  if (mode.type === 'one') return { one: mode.index };
  return { subset: mode.k3, seed: hex.decode(mode.seed) };
}

const bytes = (digits: string) => new Uint8Array(hex.decode(digits));

export const statementOf = (vector: Case): Statement => ({
  proof: readProof(vector.proof),
  nodeId: bytes(vector.metadata.node_id),
  commitmentAtxId: bytes(vector.metadata.commitment_atx_id),
  challenge: bytes(vector.metadata.challenge),
  numUnits: vector.metadata.num_units,
  labelsPerUnit: BigInt(vector.init_config.labels_per_unit),
  k1: vector.config.k1,
  k2: vector.config.k2,
  powDifficulty: bytes(vector.config.pow_difficulty),
  minNumUnits: vector.init_config.min_num_units,
  maxNumUnits: vector.init_config.max_num_units,
  mode: modeOf(vector),
});

/** Where the reference prints 0 in place of the number. */
const REFERENCE_ZERO: Record<string, RegExp> = {
  NonceGroupOutOfBounds: /^nonce group \((\d+)\) out of bounds \(max 255\)$/,
  InvalidNumLabels: /^invalid number of labels: \((\d+)\)$/,
};

/** Evidence of the vector in our types. */
function evidence({ expect: expected }: Case): Record<string, unknown> {
  const ours: Record<string, (value: unknown) => [string, unknown]> = {
    index: (value) => ['index', BigInt(value as string)],
    index_id: (value) => ['indexId', value],
    difficulty_msb: (value) => ['difficultyMsb', value],
    lsb: (value) => ['lsb', BigInt(value as string)],
    difficulty_lsb: (value) => ['difficultyLsb', BigInt(value as string)],
    label: (value) => ['label', bytes(value as string)],
    nonce_group: (value) => ['nonceGroup', value],
  };
  return Object.fromEntries(
    Object.entries(expected)
      .filter(([key]) => !['ok', 'ffi', 'kind', 'message'].includes(key))
      .map(([key, value]) => ours[key]?.(value) ?? [key, value]),
  );
}

/** Holds a result against the reference's: verdict, name of the error, evidence and text. */
export function expectAsReference(result: Verification, vector: Case): void {
  const { ok, kind, message } = vector.expect;
  expect(result.valid).toBe(ok);
  if (result.valid) return;
  expect(result.kind).toBe(kind);
  expect(result).toMatchObject(evidence(vector));
  const mended = REFERENCE_ZERO[result.kind];
  if (!mended) expect(result.message).toBe(message);
  else {
    expect(result.message.replace(/\(\d+\)/, '(0)')).toBe(message);
    const { nonceGroup, numLabels } = { nonceGroup: undefined, numLabels: undefined, ...result };
    expect(mended.exec(result.message)?.[1]).toBe(String(nonceGroup ?? numLabels));
  }
}
