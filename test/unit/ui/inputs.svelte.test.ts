import { beforeEach, expect, test } from 'vitest';
import { Inputs } from '../../../src/ui/inputs.svelte';
import { route } from '../../../src/ui/route.svelte';

const inputs = new Inputs({
  units: { label: 'Units', initial: '4', rule: { min: 1, step: 1 } },
  name: { label: 'Name', initial: 'node', kind: 'text' },
});

beforeEach(() => inputs.reset());

test('Inputs: an address without them, their initial values', () => {
  expect([inputs.text('units'), inputs.number('units'), inputs.text('name')]).toEqual([
    '4',
    4,
    'node',
  ]);
});

test('Inputs.put: a value, in the address and read from it', () => {
  inputs.put('units', '8');
  expect(location.hash).toBe('#/?units=8');
  expect(inputs.number('units')).toBe(8);
});

test('Inputs.put: the initial value, left out of the address', () => {
  inputs.put('units', '8');
  inputs.put('units', '4');
  expect(location.hash).toBe('#/');
});

test('Inputs.put: an empty text, kept as it is instead of the initial value', () => {
  inputs.put('name', '');
  expect(inputs.text('name')).toBe('');
  expect(route.params.has('name')).toBe(true);
});

test('Inputs.checked: a text that is not a number, an error that names the field', () => {
  inputs.put('units', 'many');
  expect(inputs.problem('units')).toMatch(/Units/);
  expect(() => inputs.checked('units')).toThrow(/Units/);
});

test('Inputs.choice: a value that is not among them, the first', () => {
  inputs.put('name', 'other');
  expect(inputs.choice('name', ['a', 'b'])).toBe('a');
  inputs.put('name', 'b');
  expect(inputs.choice('name', ['a', 'b'])).toBe('b');
});
