import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../src/state/engine/engine';
import { editDistance, suggestNames } from '../../../src/state/sql-suggest';
import { loadNodeSql, openOnDisk } from '../../support/node-engine';

let engine: Engine;
beforeAll(async () => {
  engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
});
afterAll(() => engine.close());

const suggestFor = (sql: string): readonly string[] => {
  try {
    engine.cursor(sql).close();
    return [];
  } catch (error) {
    return suggestNames(error instanceof Error ? error.message : '', engine.info.tables);
  }
};

test.each([
  ['SELECT pubky FROM rewards', 'pubkey'],
  ['SELECT lyaer FROM rewards', 'layer'],
  ['SELECT r.coinbse FROM rewards r', 'coinbase'],
  ['SELECT total_rewards FROM rewards', 'total_reward'],
  ['SELECT * FROM reward', 'rewards'],
  ['SELECT * FROM atx', 'atxs'],
])('suggestNames: %s, offers %s first', (sql, name) => {
  expect(suggestFor(sql)[0]).toBe(name);
});

test.each([
  ['another name altogether', 'SELECT temperature FROM rewards'],
  ['a function', 'SELECT lowr(pubkey) FROM rewards'],
  ['another error', 'SELECT FROM'],
  ['no error', 'SELECT 1'],
])('suggestNames: %s, offers nothing', (_, sql) => {
  expect(suggestFor(sql)).toEqual([]);
});

test.each([
  ['', 'abc', 3],
  ['layer', 'layer', 0],
  ['lyaer', 'layer', 1],
  ['kitten', 'sitting', 3],
])('editDistance: %s and %s, %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
