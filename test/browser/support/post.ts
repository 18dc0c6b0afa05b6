/** The PoST directories that the references made, and what they proved over them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const vectors = join(import.meta.dirname, '../../data/post');

/** One entry of proof.json's `dirs`, as far as the page tests use it. */
export interface ProofVector {
  readonly dir: string;
  readonly scrypt: { readonly n: number };
  readonly node_id: string;
  readonly commitment_atx_id: string;
  readonly labels_per_unit: string;
  readonly num_units: number;
  readonly max_file_size: string;
  readonly challenge: string;
  readonly k1: number;
  readonly k2: number;
  readonly pow_difficulty: string;
  readonly nonces_per_pass: number;
  readonly vrf_nonce: string;
  readonly proof: { readonly nonce: number; readonly indices: string; readonly pow: string };
}

export function proofVector(name: string): ProofVector {
  const { dirs } = JSON.parse(readFileSync(join(vectors, 'proof.json'), 'utf8')) as {
    dirs: readonly ProofVector[];
  };
  const found = dirs.find(({ dir }) => dir === `posdata/${name}`);
  if (!found) throw new Error(`proof.json has no ${name}`);
  return found;
}

/** Paths of the directory's files. */
export const directoryFiles = (name: string): string[] =>
  readdirSync(join(vectors, 'posdata', name)).map((file) => join(vectors, 'posdata', name, file));
