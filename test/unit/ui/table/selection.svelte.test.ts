import { describe, expect, test } from 'vitest';
import { CellSelection, type MoveBounds } from '../../../../src/ui/table/selection.svelte';

const bounds: MoveBounds = {
  rowCount: 100,
  columnCount: 5,
  pageRows: 10,
  toEnd: false,
  extend: false,
};

function selectionAt(row: number, column: number): CellSelection {
  const selection = new CellSelection();
  selection.select({ row, column });
  return selection;
}

describe('CellSelection.target', () => {
  test.each([
    ['ArrowDown', { row: 51, column: 2 }, { row: 99, column: 2 }],
    ['ArrowUp', { row: 49, column: 2 }, { row: 0, column: 2 }],
    ['ArrowRight', { row: 50, column: 3 }, { row: 50, column: 4 }],
    ['ArrowLeft', { row: 50, column: 1 }, { row: 50, column: 0 }],
    ['PageDown', { row: 60, column: 2 }, { row: 60, column: 2 }],
    ['PageUp', { row: 40, column: 2 }, { row: 40, column: 2 }],
    ['Home', { row: 50, column: 0 }, { row: 0, column: 0 }],
    ['End', { row: 50, column: 4 }, { row: 99, column: 4 }],
  ])('%s from the middle, one step; with Ctrl to the end', (key, step, end) => {
    const selection = selectionAt(50, 2);
    expect(selection.target(key, bounds)).toEqual(step);
    expect(selection.target(key, { ...bounds, toEnd: true })).toEqual(end);
  });

  test.each([
    ['ArrowDown', 99, 4],
    ['ArrowRight', 99, 4],
    ['PageDown', 99, 4],
  ])('%s from the last cell, stays there', (key, row, column) => {
    expect(selectionAt(row, column).target(key, bounds)).toEqual({ row, column });
  });

  test('ArrowUp from the first row, the header; with Shift the row itself', () => {
    const selection = selectionAt(0, 1);
    expect(selection.target('ArrowUp', bounds)).toEqual({ row: -1, column: 1 });
    expect(selection.target('ArrowUp', { ...bounds, extend: true })).toEqual({ row: 0, column: 1 });
  });

  test('PageDown from the header, a page from the first row', () => {
    expect(selectionAt(-1, 1).target('PageDown', bounds)).toEqual({ row: 10, column: 1 });
  });

  test('a key that does not move, undefined', () => {
    expect(selectionAt(0, 0).target('x', bounds)).toBeUndefined();
  });
});

test('CellSelection.select: extended from one corner to another, the rectangle between them', () => {
  const selection = selectionAt(5, 3);
  selection.select({ row: 2, column: 1 }, true);
  const { top, bottom, left, right, cells } = selection;
  expect({ top, bottom, left, right, cells }).toEqual({
    ...{ top: 2, bottom: 5, left: 1, right: 3 },
    cells: 12,
  });
  expect([selection.has(3, 2), selection.has(6, 2), selection.has(3, 4)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('CellSelection.select: the header, no cells', () => {
  const selection = selectionAt(5, 3);
  selection.select({ row: -1, column: 1 }, true);
  expect([selection.cells, selection.isActive(-1, 1)]).toEqual([0, true]);
});

test('CellSelection.selectAll: every cell', () => {
  const selection = selectionAt(5, 3);
  selection.selectAll(bounds);
  expect(selection.cells).toBe(500);
});

test('CellSelection.fit: a table that became smaller, the last cell', () => {
  const selection = selectionAt(50, 4);
  selection.fit({ rowCount: 10, columnCount: 2 });
  expect([selection.active, selection.cells]).toEqual([{ row: 9, column: 1 }, 1]);
});

test('CellSelection.fit: an active cell that is still there, kept with its selection', () => {
  const selection = selectionAt(1, 0);
  selection.select({ row: 3, column: 1 }, true);
  selection.fit({ rowCount: 10, columnCount: 2 });
  expect(selection.cells).toBe(6);
});
