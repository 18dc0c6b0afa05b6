import { beforeEach, describe, expect, test } from 'vitest';
import { InitializeStore } from '../../../../src/pages/post/initialize.store.svelte';
import { ProveStore } from '../../../../src/pages/post/prove.store.svelte';
import { WorkbenchError } from '../../../../src/base/error';
import { route } from '../../../../src/ui/route.svelte';
import { Stores } from '../../../../src/ui/stores.svelte';

const nodeId = 'a1'.repeat(32);
const commitmentAtxId = 'b2'.repeat(32);

beforeEach(() =>
  route.update(Object.fromEntries([...route.params].map(([name]) => [name, undefined]))),
);

/** With ids, so that the inputs make a plan. */
function planned(): InitializeStore {
  route.update({ nodeId, commitmentAtxId });
  return new Stores().get(InitializeStore);
}

describe('InitializeStore', () => {
  test('inputs in the address: read from it when the store is made', () => {
    route.update({ nodeId, numUnits: '8', backend: 'cpu' });
    const store = new Stores().get(InitializeStore);
    expect([store.values.nodeId, store.values.numUnits, store.backend]).toEqual([
      nodeId,
      '8',
      'cpu',
    ]);
  });

  test('no identity: no plan, an error that names the field, and no start', () => {
    const store = new Stores().get(InitializeStore);
    expect('error' in store.plan && store.plan.error).toBeInstanceOf(WorkbenchError);
    expect([store.checks, store.mayStart]).toEqual([undefined, false]);
  });

  test('mainnet’s smallest identity: 4 units of 64 GiB, and a forecast is needed before the start', () => {
    const store = planned();
    expect('plan' in store.plan && store.plan.plan.bytes).toBe(256n * 2n ** 30n);
    expect([store.checks?.needsForecast, store.mayStart]).toEqual([true, false]);
  });

  test('a number of units that the network refuses: a refusal', () => {
    const store = planned();
    store.values.numUnits = '1';
    expect(store.checks?.refusals).not.toEqual([]);
    expect(store.mayStart).toBe(false);
  });

  test('few labels on a test network: it may start without a forecast', () => {
    const store = planned();
    store.values.network = 'testnet';
    store.values.labelsPerUnit = '1024';
    store.values.numUnits = '2';
    const { questions = [] } = store.checks ?? {};
    store.confirmed = questions.join('\n');
    expect([store.checks?.refusals, store.mayStart]).toEqual([[], true]);
  });

  test('more than a pebibyte: a question, and confirming it does not replace the forecast', () => {
    const store = planned();
    store.values.numUnits = '20000';
    store.values.labelsPerUnit = String(2 ** 33);
    const { questions = [] } = store.checks ?? {};
    expect(questions.length).toBe(1);
    store.confirmed = questions.join('\n');
    expect([store.checks?.needsForecast, store.mayStart]).toEqual([true, false]);
  });

  test('threads: empty, all cores; what is not a number, all cores and a refusal', () => {
    const store = planned();
    expect(store.threads).toBe(navigator.hardwareConcurrency);
    store.values.threads = '2';
    expect(store.threads).toBe(2);
    store.values.threads = 'many';
    expect(store.threads).toBe(navigator.hardwareConcurrency);
    expect(store.checks?.refusals).not.toEqual([]);
  });

  test('share: changed inputs in the address, the rest left out', () => {
    const store = new Stores().get(InitializeStore);
    store.values.numUnits = '16';
    store.share();
    expect([...route.params]).toEqual([['numUnits', '16']]);
  });

  test('pause and resume: shown as such', () => {
    const store = planned();
    store.pause();
    expect(store.paused).toBe(true);
    store.resume();
    expect(store.paused).toBe(false);
  });
});

test('ProveStore: a browser that keeps nothing, no saved position and no proof', async () => {
  const store = new Stores().get(ProveStore);
  await store.forgetProof();
  expect([store.saved, store.proof, store.job.state]).toEqual([null, null, 'idle']);
});
