import { expect, test } from 'vitest';
import { tableOf, type Cell } from '../../../../src/ui/cells';
import { ColumnView } from '../../../../src/ui/table/column-view.svelte';
import type { TableColumn } from '../../../../src/ui/table/columns';

const id = Uint8Array.from({ length: 32 }, (_, i) => i);

function viewOf(
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns: readonly (TableColumn | undefined)[] = [],
): ColumnView {
  const data = tableOf(names, rows);
  const view = new ColumnView(() => ({ data, columns, blobFormats: [] }));
  view.reset();
  return view;
}

test('ColumnView: a column that is hidden at first, not among those shown', () => {
  const view = viewOf(['a', 'b', 'c'], [[1, 2, 3]], [undefined, { hidden: true }]);
  expect(view.shown).toEqual([0, 2]);
  view.hidden[1] = false;
  expect(view.shown).toEqual([0, 1, 2]);
});

test('ColumnView: two columns of one name, the second is numbered', () => {
  expect(viewOf(['hash', 'hash', 'n'], []).numbered).toEqual(['hash_2']);
});

test('ColumnView: columns of numbers and of BLOBs, recognised by their first values', () => {
  const view = viewOf(
    ['text', 'number', 'blob'],
    [
      ['a', null, null],
      ['b', 5n, id],
    ],
  );
  expect(view.numeric).toEqual([false, true, false]);
  expect(view.blobs).toEqual([2]);
});

test('ColumnView.shortText: a long BLOB, its beginning and its size', () => {
  const view = viewOf(['blob'], [[new Uint8Array(200)]]);
  expect(view.shortText(new Uint8Array(200), 0, 0)).toBe(`${'0'.repeat(64)}… (200 B)`);
});

test('ColumnView.shortText: NULL, a long text and a format of the page', () => {
  const view = viewOf(['a', 'b'], [], [undefined, { format: (value) => `<${String(value)}>` }]);
  expect(view.shortText(null, 0, 0)).toBe('NULL');
  expect(view.shortText('x'.repeat(400), 0, 0)).toBe(`${'x'.repeat(300)}…`);
  expect(view.shortText(7, 1, 0)).toBe('<7>');
});

test('ColumnView.formatOf: another form chosen for a BLOB, the text changes with it', () => {
  const view = viewOf(['id'], [[Uint8Array.of(1, 2)]]);
  expect(view.fullText(Uint8Array.of(1, 2), 0)).toBe('0102');
  view.formatIds[0] = 'base64';
  expect(view.fullText(Uint8Array.of(1, 2), 0)).toBe('AQI=');
});

test('ColumnView.searchText: a column with a format, the value and what is shown', () => {
  const view = viewOf(['n'], [], [{ format: (value) => `${String(value)} SMH` }]);
  expect(view.searchText(7, 0, 0)).toBe('7 7 SMH');
});

test('ColumnView.tests: filters that are empty, left out', () => {
  const view = viewOf(['a', 'b'], []);
  view.filters[1] = '>5';
  expect(view.tests.map(([column]) => column)).toEqual([1]);
});

test('ColumnView.fittingWidth: content and title, within bounds', () => {
  const view = viewOf(['n', 'id', 'text'], [[1, id, 'x'.repeat(500)]]);
  expect(view.widths).toEqual([64, 190, 340]);
});

test('ColumnView.reset: after filters and widths were changed, as at first', () => {
  const view = viewOf(['n'], [[1]]);
  view.filters[0] = '5';
  view.widths[0] = 500;
  view.reset();
  expect([view.filters, view.widths]).toEqual([[''], [64]]);
});
