import { describe, expect, test } from 'vitest';
import { referenceOf } from '../../../scripts/api.mjs';
import { groupedCalls, typesOf } from '../../../src/pages/scripting/reference';

const declarations = `
interface Row { readonly id: Id }
type Id = string;
interface Unused { readonly row: Row }
/** Reads
 * it all. */
declare function all(count: number, row?: Row): Promise<Row[]>;
export declare const workbench: {
  readonly version: string;
  readonly state: {
    /** Opens files. */
    open: (files: Iterable<File>) => Promise<Row>;
    readonly all: typeof all;
  };
};
`;
const reference = referenceOf(declarations);

describe('referenceOf', () => {
  test('referenceOf: a call written out, its signature, comment and types', () => {
    expect(reference.calls.find(({ path }) => path === 'workbench.state.open')).toEqual({
      path: 'workbench.state.open',
      signature: '(files: Iterable<File>) => Promise<Row>',
      text: 'Opens files.',
      types: ['Row'],
    });
  });

  test('referenceOf: the type of a function, the function’s own signature and comment', () => {
    expect(reference.calls.find(({ path }) => path === 'workbench.state.all')).toEqual({
      path: 'workbench.state.all',
      signature: '(count: number, row?: Row) => Promise<Row[]>',
      text: 'Reads it all.',
      types: ['Row'],
    });
  });

  test('referenceOf: declarations without workbench, an error', () => {
    expect(() => referenceOf('type Id = string;')).toThrow('no constant workbench');
  });
});

test('groupedCalls: calls in and outside of a group, each under its group', () => {
  expect(
    groupedCalls(reference.calls).map(([group, calls]) => [group, calls.map(({ path }) => path)]),
  ).toEqual([
    ['workbench', ['workbench.version']],
    ['workbench.state', ['workbench.state.open', 'workbench.state.all']],
  ]);
});

test('typesOf: a type that names another, both and no more', () => {
  const [open] = reference.calls.filter(({ path }) => path.endsWith('open'));
  expect(open && typesOf(reference, open)).toEqual([
    'type Id = string;',
    'interface Row { readonly id: Id }',
  ]);
});
