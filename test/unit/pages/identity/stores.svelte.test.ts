import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { generate } from '../../../../src/identity/keys';
import { IdentityStore } from '../../../../src/pages/identity/identities.store.svelte';
import type { Dropped } from '../../../../src/ui/drop';
import { route } from '../../../../src/ui/route.svelte';
import { Stores } from '../../../../src/ui/stores.svelte';

const keyText = readFileSync('test/data/node/keys/A_supervised/local.key', 'utf8').trim();
const dropOf = (...files: readonly (readonly [path: string, text: string])[]): Promise<Dropped> =>
  Promise.resolve({
    files: files.map(([path, text]) => ({
      path,
      file: new File([text], path.slice(path.lastIndexOf('/') + 1)),
    })),
    directories: [],
  });

beforeEach(() => {
  route.go('identity');
});

describe('IdentityStore', () => {
  test('IdentityStore.take: one key file, shown', async () => {
    const store = new Stores().get(IdentityStore);
    await store.take(dropOf(['local.key', keyText]));
    expect(store.error).toBeUndefined();
    expect(Buffer.from(store.identity?.publicKey ?? []).toString('hex')).toBe(keyText.slice(64));
    expect([store.empty, store.busy]).toEqual([true, false]);
  });

  test('IdentityStore.show: another identity, the private half of the previous one is wiped', () => {
    const store = new Stores().get(IdentityStore);
    const first = generate();
    store.show(first);
    store.show(generate());
    expect(first.privateKey?.toKeyFile().startsWith('00'.repeat(32))).toBe(true);
  });

  test('IdentityStore.take: two drops with one key, two machines once they are named', async () => {
    route.go('identity/inventory');
    const store = new Stores().get(IdentityStore);
    await store.take(dropOf(['a/local.key', keyText]));
    await store.take(dropOf(['b/local.key', keyText]));
    expect(store.drops.map(({ id }) => id)).toEqual([1, 2]);
    store.nameMachine(1, 'home');
    store.nameMachine(2, 'cloud');
    expect(store.inventory.findings.map(({ code }) => code)).toContain('key-in-two-places');
    store.removeDrop(2);
    expect([store.drops.length, store.keys.length]).toEqual([1, 1]);
    expect(store.inventory.findings.map(({ code }) => code)).not.toContain('key-in-two-places');
    store.clearInventory();
    expect([store.empty, store.keys, store.databasesAsked]).toEqual([true, [], 0]);
  });

  test('IdentityStore.take: a file that this page does not read, named in a warning', async () => {
    const store = new Stores().get(IdentityStore);
    await store.take(dropOf(['state.sql', 'SQLite format 3\0']));
    expect(store.message?.lines.join('\n')).toContain('state.sql: a database');
    store.dismiss();
    expect(store.message).toBeUndefined();
  });
});
