// The beacon of an epoch by the weight of its ballots.
import { expect, test } from 'vitest';
import type { BallotEvidence } from '../../../src/audit/ballot-evidence';
import { BeaconTally } from '../../../src/audit/beacons';
import { decodeBallot, type Ballot } from '../../../src/protocol/ballot';
import { WorkbenchError } from '../../../src/base/error';
import { openSample } from '../../support/audit';

const database = await openSample();
const { rows } = await database.query('SELECT ballot FROM ballots WHERE layer = 60 LIMIT 1');
const [[blob] = []] = rows;
const real = decodeBallot(blob instanceof Uint8Array ? blob : new Uint8Array());
const stored = Uint8Array.of(1, 1, 1, 1);
const other = Uint8Array.of(2, 2, 2, 2);

/** A ballot of an ATX of some weight that has ten slots and uses some of them. */
function evidence(beacon: Uint8Array, weight: bigint, slots: number): BallotEvidence {
  const ballot: Ballot = {
    ...real,
    epochData: {
      activeSetHash: new Uint8Array(32),
      beacon: new Uint8Array(beacon),
      eligibilityCount: 10,
    },
    eligibilities: Array.from({ length: slots }, (_, slot) => ({
      slot,
      vrfSignature: new Uint8Array(80),
    })),
  };
  return {
    ballot,
    reference: ballot,
    atx: { smesher: real.smesher, targetEpoch: 6, weight, vrfNonce: 1n },
    activeSet: undefined,
    beacon: stored,
  };
}

function tallyOf(...ballots: readonly BallotEvidence[]) {
  const tally = new BeaconTally();
  for (const ballot of ballots) tally.add(6, ballot);
  return tally.beacons;
}

test('BeaconTally: most of the weight of used slots, the majority', () => {
  // 100 × 2/10 against 30 × 9/10: the smaller ATX used more of its slots.
  const beacons = tallyOf(evidence(stored, 100n, 2), evidence(other, 30n, 9));
  expect(beacons).toMatchObject([{ epoch: 6, majority: other, slots: 11, outcome: 'fail' }]);
  expect(beacons[0]?.share).toBeCloseTo(27 / 47, 9);
});

test('BeaconTally: the beacon of the table has the majority, pass', () => {
  const beacons = tallyOf(evidence(stored, 100n, 5), evidence(other, 30n, 9));
  expect(beacons).toMatchObject([{ majority: stored, outcome: 'pass' }]);
});

test('BeaconTally: exactly half, no majority and inconclusive', () => {
  const beacons = tallyOf(evidence(stored, 100n, 5), evidence(other, 100n, 5));
  expect(beacons).toMatchObject([{ majority: undefined, share: 0.5, outcome: 'inconclusive' }]);
});

test('BeaconTally: no beacon in the table, inconclusive', () => {
  const beacons = tallyOf({ ...evidence(stored, 100n, 5), beacon: undefined });
  expect(beacons).toMatchObject([{ majority: stored, outcome: 'inconclusive' }]);
});

test('BeaconTally: ballots without first ballot or ATX, not counted', () => {
  const complete = evidence(stored, 100n, 5);
  const damaged = new WorkbenchError('ballot-replaced', 'It is another. Copy it again.');
  expect(
    tallyOf(
      { ...complete, reference: undefined },
      { ...complete, reference: damaged },
      { ...complete, atx: undefined },
    ),
  ).toEqual([]);
});
