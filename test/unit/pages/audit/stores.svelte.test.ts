import { beforeEach, describe, expect, test } from 'vitest';
import { auditNetworks } from '../../../../src/audit/network';
import { AuditNetworkStore } from '../../../../src/pages/audit/network.store.svelte';
import { RunSettingsStore } from '../../../../src/pages/audit/run-settings.store.svelte';
import { session } from '../../../../src/pages/shared/session.svelte';
import { route } from '../../../../src/ui/route.svelte';
import { Stores } from '../../../../src/ui/stores.svelte';

beforeEach(() => {
  route.update(Object.fromEntries([...route.params].map(([name]) => [name, undefined])));
  session.nodeConfig = undefined;
});

const networkStore = (): AuditNetworkStore => new Stores().get(AuditNetworkStore);

describe('AuditNetworkStore', () => {
  test('nothing chosen and no database asked: mainnet’s values, not ready', () => {
    const store = networkStore();
    expect([store.source, store.ready, store.name]).toEqual(['found', false, 'mainnet']);
    expect(store.value.post).toEqual(auditNetworks.mainnet.post);
  });

  test('choose: a preset, its name in the address and its values in the fields', () => {
    const store = networkStore();
    store.choose('mainnet');
    expect(route.param('net')).toBe('mainnet');
    expect([store.source, store.ready, store.changed]).toEqual(['mainnet', true, []]);
  });

  test('put: a changed field, in the address; the preset’s own value leaves it', () => {
    const store = networkStore();
    const before = store.texts.k1;
    store.put('k1', '27');
    expect([store.texts.k1, store.changed, route.param('k1')]).toEqual(['27', ['k1'], '27']);
    store.put('k1', before);
    expect([store.changed, route.params.has('k1')]).toEqual([[], false]);
  });

  test('put: a text that is not a number, a problem and no network', () => {
    const store = networkStore();
    store.put('k1', 'many');
    expect(store.problem('k1')).toBeDefined();
    expect(() => store.value).toThrow();
  });

  test('choose: after a field was changed, the change is gone', () => {
    const store = networkStore();
    store.put('k1', '27');
    store.choose('mainnet');
    expect(store.changed).toEqual([]);
  });

  test('source: a config in the address, without one that was dropped, what the database has', () => {
    route.update({ net: 'config' });
    const store = networkStore();
    expect(store.source).toBe('found');
    session.nodeConfig = { name: 'config.json', text: '{"post": {"post-k1": 5}}' };
    expect([store.source, store.name, store.texts.k1]).toEqual([
      'config',
      'as in config.json',
      '5',
    ]);
  });
});

describe('RunSettingsStore', () => {
  test('an address without settings: the mode of the view, the GPU if there is one', () => {
    const store = new Stores().get(RunSettingsStore);
    expect([store.mode('k3'), store.backend, store.seed, store.position]).toEqual([
      'k3',
      'auto',
      '1',
      '0',
    ]);
  });

  test('put: settings, in the address; the usual ones leave it', () => {
    const store = new Stores().get(RunSettingsStore);
    store.put({ mode: 'one', position: '3', backend: 'cpu' });
    expect(store.mode('k3')).toBe('one');
    expect([store.backend, store.position]).toEqual(['cpu', '3']);
    store.put({ backend: 'auto' });
    expect(route.params.has('backend')).toBe(false);
  });

  test.each([
    ['all', undefined, 'all'],
    [
      'k3',
      undefined,
      { subset: auditNetworks.mainnet.post.k3, seed: new TextEncoder().encode('1') },
    ],
    ['one', '2', { one: 2 }],
    ['none', undefined, 'none'],
  ] as const)('settings: mode %s, the indices that are audited', (mode, position, indices) => {
    const store = new Stores().get(RunSettingsStore);
    store.put({ mode, ...(position && { position }) });
    expect(store.settings('all').indices).toEqual(indices);
  });

  test('settings: a field of the network that cannot be read, an error that names it', () => {
    const stores = new Stores();
    stores.get(AuditNetworkStore).put('k2', 'few');
    expect(() => stores.get(RunSettingsStore).settings('all')).toThrow(/K2/i);
  });

  test('using: an error of the work, passed on', async () => {
    const store = new Stores().get(RunSettingsStore);
    await expect(store.using(() => Promise.reject(new Error('no GPU')))).rejects.toThrow('no GPU');
  });
});
