// Seats in a committee of Hare, against the fixed-point arithmetic of the node, bit by bit; about 3 s.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawsSeats, seatDistribution, type Committee } from '../../src/protocol/committee';

interface Case {
  readonly weight: string;
  readonly totalWeight: string;
  readonly committee: number;
  /** Of at most 0, 1, … seats: 16 bytes each, little-endian. */
  readonly cdf: readonly string[];
}

const { cases } = JSON.parse(readFileSync('test/data/vrf/binomial.json', 'utf8')) as {
  readonly cases: readonly Case[];
};
const committeeOf = ({ weight, totalWeight, committee }: Case): Committee => ({
  weight: BigInt(weight),
  totalWeight: BigInt(totalWeight),
  size: committee,
});
const bitsOf = (littleEndian: string): bigint =>
  BigInt(`0x${Buffer.from(littleEndian, 'hex').reverse().toString('hex')}`);
/** A proof whose head is a fraction of 2^56; the highest byte does not count. */
function proofOf(fraction: bigint): Uint8Array {
  const proof = new Uint8Array(80);
  new DataView(proof.buffer).setBigUint64(0, fraction | (0xabn << 56n), true);
  return proof;
}

test('seatDistribution: weights from 1 to 2^30 in committees of 1 to 400, the bits of the node', () => {
  expect(cases.length).toBeGreaterThan(80);
  for (const vector of cases) {
    const committee = committeeOf(vector);
    expect(
      vector.cdf.map((_, seats) => seatDistribution(committee, seats)),
      `${vector.weight} of ${vector.totalWeight}, ${vector.committee} seats`,
    ).toEqual(vector.cdf.map(bitsOf));
  }
});

test('drawsSeats: a draw at the border of two counts, the higher count only', () => {
  const vector = cases.find(({ cdf }) => cdf.length >= 4 && bitsOf(cdf[0] ?? '00') > 1000n);
  if (!vector) throw new Error('there is such a case');
  const committee = committeeOf(vector);
  const border = bitsOf(vector.cdf[0] ?? '');
  const draws = (fraction: bigint) =>
    [0, 1, 2].map((seats) => drawsSeats(committee, proofOf(fraction), seats));
  expect(draws(border - 1n)).toEqual([true, false, false]);
  expect(draws(border)).toEqual([false, true, false]);
});

test('seatDistribution: weights that overflow in the node, the typed error', () => {
  for (const weight of [(1n << 30n) + 1n, 1n << 60n])
    expect(() => seatDistribution({ weight, totalWeight: 1n << 62n, size: 50 }, 1)).toThrow(
      expect.objectContaining({ code: 'committee-overflow' }),
    );
});
