import { describe, expect, test } from 'vitest';
import {
  missingPlacesText,
  quotaText,
  startChecks,
  threadsProblem,
  type StartInput,
} from '../../../../src/pages/post/start-checks';
import { networkParameters } from '../../../../src/protocol/parameters';

const unit = 2n ** 32n;
const check = (changed: Partial<StartInput> = {}) => {
  const numUnits = changed.numUnits ?? 4;
  return startChecks({
    networkName: 'mainnet',
    network: networkParameters.mainnet,
    numUnits,
    labelsPerUnit: unit,
    labels: BigInt(numUnits) * unit,
    bytes: BigInt(numUnits) * unit * 16n,
    threads: '',
    labelsPerS: 1_000_000,
    ...changed,
  });
};

describe('startChecks', () => {
  test('startChecks: 4 SU with a measured rate, nothing in the way', () => {
    expect(check()).toEqual({ refusals: [], questions: [], needsForecast: false });
  });

  test.each([1, 2, 3])('startChecks: %d SU on mainnet, refused with the minimum', (numUnits) => {
    expect(check({ numUnits }).refusals).toEqual([
      `${numUnits} SU are below the minimum of mainnet: no ATX could be published with them. Enter at least 4 SU.`,
    ]);
  });

  test('startChecks: other limits, those of the network that was chosen', () => {
    const { standalone } = networkParameters;
    const own = { networkName: 'standalone', network: standalone, labelsPerUnit: 64n };
    expect(check({ ...own, numUnits: 1 }).refusals).toEqual([]);
    expect(check({ ...own, numUnits: 3 }).refusals[0]).toContain('at most 2 SU');
    // A test of one's own, with units that no network has.
    expect(check({ numUnits: 1, labelsPerUnit: 1024n }).refusals).toEqual([]);
  });

  test('startChecks: no rate yet, a forecast is needed unless the data are tiny', () => {
    expect(check({ labelsPerS: undefined }).needsForecast).toBe(true);
    expect(check({ labelsPerS: undefined, labels: 50_000n }).needsForecast).toBe(false);
    expect(check({ labelsPerS: undefined, labels: 50_001n }).needsForecast).toBe(true);
  });

  test('startChecks: 1 EiB, questioned by its size and by its time', () => {
    const { questions } = check({ numUnits: 2 ** 24, labelsPerS: 2000 });
    expect(questions).toHaveLength(2);
    expect(questions[0]).toContain('1 EiB');
    expect(questions[1]).toMatch(/would take [\d,]+ y/);
    expect(check({ numUnits: 2 ** 24, labelsPerS: undefined }).questions).toHaveLength(1);
  });

  test('startChecks: three months on this machine, questioned', () => {
    const labels = 4n * unit;
    expect(check({ labelsPerS: Number(labels) / (91 * 86_400) }).questions).toHaveLength(1);
    expect(check({ labelsPerS: Number(labels) / (89 * 86_400) }).questions).toEqual([]);
  });

  test.each(['0', '-1', '1.5', 'all', '257'])('startChecks: %s threads, refused', (threads) => {
    expect(check({ threads }).refusals).toHaveLength(1);
    expect(threadsProblem(threads)).toContain('Enter a whole number from 1 to 256');
  });

  test('startChecks: no threads typed, all of them', () => {
    expect(threadsProblem(' ')).toBeUndefined();
    expect(threadsProblem('8')).toBeUndefined();
  });
});

describe('missingPlacesText', () => {
  test('missingPlacesText: folders can be written, is undefined', () => {
    expect(missingPlacesText({ folders: true, privateStorage: true })).toBeUndefined();
    expect(missingPlacesText({ folders: true, privateStorage: false })).toBeUndefined();
  });

  test('missingPlacesText: no folders, states what may be lost or that nothing can be written', () => {
    expect(missingPlacesText({ folders: false, privateStorage: true })).toContain('may delete');
    expect(missingPlacesText({ folders: false, privateStorage: false })).toContain(
      'cannot initialise here',
    );
  });
});

describe('quotaText', () => {
  test('quotaText: more data than the quota, states both and what to do', () => {
    expect(quotaText(2n ** 36n, 2 ** 30)).toEqual({
      text: 'The browser’s own storage can hold 1 GiB more for this page; these data need 64 GiB. Choose a folder, or fewer files.',
      isEnough: false,
    });
  });

  test('quotaText: enough space or no report, states what is known', () => {
    expect(quotaText(16n, 2 ** 30)).toMatchObject({ isEnough: true });
    expect(quotaText(undefined, 2 ** 30)).toMatchObject({ isEnough: true });
    expect(quotaText(16n, undefined).text).toContain('does not report');
  });
});
