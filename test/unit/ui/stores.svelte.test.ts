import { expect, test } from 'vitest';
import { Stores } from '../../../src/ui/stores.svelte';

class Counter {
  count = $state(0);
  readonly doubled = $derived(this.count * 2);
}

class Reader {
  readonly counter: Counter;

  constructor(stores: Stores) {
    this.counter = stores.get(Counter);
  }
}

test('Stores.get: a store twice, made once', () => {
  const stores = new Stores();
  expect(stores.get(Counter)).toBe(stores.get(Counter));
});

test('Stores.get: a store that needs another, given the same one', () => {
  const stores = new Stores();
  expect(stores.get(Reader).counter).toBe(stores.get(Counter));
});

test('Stores.get: in two sets, a store of its own in each', () => {
  expect(new Stores().get(Counter)).not.toBe(new Stores().get(Counter));
});

test('Stores.get: first used in an effect that ends, its derived values go on', () => {
  const stores = new Stores();
  const end = $effect.root(() => {
    expect(stores.get(Counter).doubled).toBe(0);
  });
  end();
  const counter = stores.get(Counter);
  counter.count = 4;
  expect(counter.doubled).toBe(8);
});
