import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readGrpcurl } from '../../../../src/node/api/grpcurl';
import { AddressStore } from '../../../../src/pages/node/addresses.store.svelte';
import { AlertStore } from '../../../../src/pages/node/alerts.store.svelte';
import { ConfigEditorStore } from '../../../../src/pages/node/config-editor.store.svelte';
import { NodeIntakeStore } from '../../../../src/pages/node/intake.store.svelte';
import { LogStore } from '../../../../src/pages/node/log.store.svelte';
import { NodeStore } from '../../../../src/pages/node/nodes.store.svelte';
import { configOptions } from '../../../../src/node/config/schema';
import type { Dropped } from '../../../../src/ui/drop';
import { route } from '../../../../src/ui/route.svelte';
import { Stores } from '../../../../src/ui/stores.svelte';

const answersOf = (value: unknown) => readGrpcurl(JSON.stringify(value)).answers;
const fixture = (name: string): Record<string, unknown> =>
  (
    JSON.parse(readFileSync(`test/data/node/api/grpc/${name}.json`, 'utf8')) as {
      response: Record<string, unknown>;
    }
  ).response;
const dropOf = (...files: readonly (readonly [name: string, text: string])[]): Promise<Dropped> =>
  Promise.resolve({
    files: files.map(([name, text]) => ({ path: name, file: new File([text], name) })),
    directories: [],
  });

test('AddressStore: a browser that keeps nothing, no address and refused', async () => {
  const store = new Stores().get(AddressStore);
  await store.remember('grpc', 'http://127.0.0.1:9092');
  expect([store.all, store.refused]).toEqual([[], true]);
  expect(store.has('grpc', 'http://127.0.0.1:9092')).toBe(false);
});

describe('ConfigEditorStore', () => {
  const option = (path: string) => {
    const found = configOptions.find((one) => one.path.join('.') === path);
    if (!found) throw new Error(`no option ${path}`);
    return found;
  };

  test('ConfigEditorStore.offer: the first config, edited immediately', () => {
    const store = new Stores().get(ConfigEditorStore);
    store.offer('a.json', '{"smeshing":{"smeshing-start":true}}');
    expect([store.name, store.empty, store.offered]).toEqual(['a.json', false, undefined]);
    expect(store.fieldOf(option('smeshing.smeshing-start'))).toBe('true');
  });

  test('ConfigEditorStore.offer: a second config, it waits until it is merged', () => {
    const store = new Stores().get(ConfigEditorStore);
    store.offer('a.json', '{"p2p":{"listen":"/ip4/0.0.0.0/tcp/7513","min-peers":2}}');
    store.offer('b.json', '{"p2p":{"min-peers":20}}');
    expect([store.name, store.offered?.name]).toEqual(['a.json', 'b.json']);
    store.merge();
    expect(store.offered).toBeUndefined();
    expect(JSON.parse(store.json)).toEqual({
      p2p: { listen: '/ip4/0.0.0.0/tcp/7513', 'min-peers': 20 },
    });
  });

  test('ConfigEditorStore.replace: a second config, only that one is left', () => {
    const store = new Stores().get(ConfigEditorStore);
    store.offer('a.json', '{"p2p":{"min-peers":2}}');
    store.offer('b.json', '{"p2p":{"high-peers":9}}');
    store.replace();
    expect([store.name, JSON.parse(store.json)]).toEqual(['b.json', { p2p: { 'high-peers': 9 } }]);
  });

  test('ConfigEditorStore.setField: empty, the option is taken out; wrong, text and a finding', () => {
    const store = new Stores().get(ConfigEditorStore);
    const peers = option('p2p.min-peers');
    store.setField(peers, '12');
    expect(JSON.parse(store.json)).toEqual({ p2p: { 'min-peers': 12 } });
    store.setField(peers, 'many');
    expect(store.findings.length).toBeGreaterThan(0);
    store.setField(peers, ' ');
    expect(store.fieldOf(peers)).toBe('');
  });

  test('ConfigEditorStore.maskedJson: passwords, covered', () => {
    const store = new Stores().get(ConfigEditorStore);
    const secret = configOptions.find(({ type }) => type === 'secret');
    if (!secret) throw new Error('no option is a secret');
    store.setField(secret, 'hunter2');
    expect(store.hasSecrets).toBe(true);
    expect(store.json).toContain('hunter2');
    expect(store.maskedJson).not.toContain('hunter2');
  });
});

describe('NodeStore', () => {
  test('NodeStore.takeAnswers: answers of two pastes, one node', () => {
    const store = new Stores().get(NodeStore);
    expect(store.takeAnswers(answersOf({ versionString: { value: 'v1.7.6' } }), 0)).toBe(true);
    expect(store.takeAnswers(answersOf(fixture('B_PostInfo_PostStates')), 0)).toBe(true);
    expect(store.printed?.view).toMatchObject({ version: 'v1.7.6' });
    expect(store.printed?.view.postStates).toHaveLength(3);
    expect(store.printedIsComplete).toBe(true);
    store.takeAnswers(answersOf(fixture('B_PostInfo_PostStates')), 7);
    expect(store.printedIsComplete).toBe(false);
    store.forgetPrinted();
    expect([store.printed, store.printedIsComplete]).toEqual([undefined, true]);
  });

  test('NodeStore.takeAnswers: nothing of a node, refused and nothing kept', () => {
    const store = new Stores().get(NodeStore);
    expect(store.takeAnswers(answersOf({ number: '3' }), 0)).toBe(false);
    expect(store.printed).toBeUndefined();
  });

  test('NodeStore.add: an address a second time, node-known; removed, it may be added again', () => {
    const store = new Stores().get(NodeStore);
    const address = 'http://127.0.0.1:9';
    store.add('gateway', address);
    expect(() => store.add('grpc', address)).toThrow(
      expect.objectContaining({ code: 'node-known' }),
    );
    const [connection] = store.connections;
    if (connection) store.remove(connection);
    expect(store.has(address)).toBe(false);
  });
});

test('AlertStore: a printed node that is not synced, an alert until it is dismissed', () => {
  const stores = new Stores();
  const alerts = stores.get(AlertStore);
  expect(alerts.shown).toEqual([]);
  const status = JSON.parse(
    JSON.stringify(fixture('A_v2alpha1_NodeStatus')).replace(
      /SYNC_STATUS_\w+/,
      'SYNC_STATUS_SYNCING',
    ),
  ) as unknown;
  stores.get(NodeStore).takeAnswers(answersOf(status), 0);
  expect(alerts.shown.map(({ kind, source }) => [kind, source])).toEqual([
    ['sync-lost', 'grpcurl output'],
  ]);
  alerts.dismiss();
  expect(alerts.shown).toEqual([]);
  stores.get(NodeStore).forgetPrinted();
  alerts.forgetGone(alerts.all);
  stores.get(NodeStore).takeAnswers(answersOf(status), 0);
  expect(alerts.shown).toHaveLength(1);
});

describe('NodeIntakeStore', () => {
  test('NodeIntakeStore.take: a node config, in the editor of the same stores', async () => {
    const stores = new Stores();
    await stores
      .get(NodeIntakeStore)
      .take(dropOf(['config.json', '{"genesis":{"genesis-time":"2023-07-14T08:00:00Z"}}']));
    expect(stores.get(ConfigEditorStore).name).toBe('config.json');
    expect(route.path).toEqual(['node', 'config']);
  });

  test('NodeIntakeStore.take: a file that this page does not read, named in a warning', async () => {
    const intake = new Stores().get(NodeIntakeStore);
    route.go('node/events');
    await intake.take(dropOf(['state.sql', 'SQLite format 3\0']));
    expect(intake.message?.severity).toBe('warn');
    expect(intake.message?.lines.join('\n')).toContain('state.sql: a database');
    intake.dismiss();
    expect([intake.message, intake.error, intake.busy]).toEqual([undefined, undefined, false]);
  });

  test('NodeIntakeStore.takeConfig: text that is not a config, an error and not busy', async () => {
    const intake = new Stores().get(NodeIntakeStore);
    await intake.takeConfig(dropOf(['config.json', '{']));
    expect(intake.error).toMatchObject({ code: expect.stringMatching(/^config-/) as string });
    expect(intake.busy).toBe(false);
  });
});

test('LogStore.filter: fields of the form, the least level as a list of levels', () => {
  const store = new Stores().get(LogStore);
  expect(store.filter).toEqual({ fromMs: undefined, toMs: undefined });
  Object.assign(store, { level: 'WARN', service: 'mesh', smesher: ' ab ', text: 'atx' });
  expect(store.filter).toMatchObject({ services: ['mesh'], smesher: 'ab', text: 'atx' });
  expect(store.filter.levels?.[0]).toBe('WARN');
  store.close();
  expect([store.level, store.service, store.hasMore]).toEqual(['DEBUG', '', false]);
});
