import { expect, test } from 'vitest';
import {
  farmIdentitiesJson,
  farmLines,
  readFarmIdentities,
  readFarmLines,
} from '../../../src/protocol/farm-identities';

const a = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
const b = '43057b28bc8a99b1ea81668b5cb15a6177e7cc35e49fd77f1353aa5b93c5e700';
const base64 = 'MbNW10JaZgEguar627d5pRPBcm2SIchGFNzTIABeLFU=';
const address = 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh';

test.each([
  ['ids on one line', `${a} ${b}`, [{ id: a }, { id: b }]],
  ['ids with commas', `${a},${b}`, [{ id: a }, { id: b }]],
  ['beginnings of ids', '31b356d7, 43057b28', [{ id: '31b356d7' }, { id: '43057b28' }]],
  ['a name', `${a}, rack one`, [{ id: a, name: 'rack one' }]],
  ['a name and a group', `${a}, cafe, home`, [{ id: a, name: 'cafe', group: 'home' }]],
  ['a name after white space', `${a} rack one, home`, [{ id: a, name: 'rack one', group: 'home' }]],
  ['a comment and an empty line', `# mine\n\n${b}`, [{ id: b }]],
  ['base64 and an address', `${base64}\n${address}`, [{ id: base64 }, { id: address }]],
])('readFarmLines: %s, the identities', (_, text, identities) => {
  expect(readFarmLines(text)).toEqual(identities);
});

test('farmLines and farmIdentitiesJson: what they write, read again', () => {
  const identities = [
    { id: a, name: 'one', group: 'home' },
    { id: b, group: 'away' },
    { id: base64 },
  ];
  expect(readFarmIdentities(farmIdentitiesJson(identities))).toEqual(identities);
  expect(readFarmLines(farmLines([{ id: a, name: 'one', group: 'home' }, { id: b }]))).toEqual([
    { id: a, name: 'one', group: 'home' },
    { id: b },
  ]);
});

test('readFarmIdentities: a farm of the Plan page with an identity that has no id, refused with its name', () => {
  const file = {
    ...{ format: 'post-workbench-farm', version: 2, machines: [{ name: 'm' }] },
    identities: [
      { name: 'one', units: '4', drive: 'd' },
      { id: a, name: 'two', units: '8' },
    ],
  };
  expect(() => readFarmIdentities(JSON.stringify(file))).toThrow(/have no "id": one\./);
  const complete = { ...file, identities: file.identities.slice(1) };
  expect(readFarmIdentities(JSON.stringify(complete))).toEqual([{ id: a, name: 'two' }]);
});

test('readFarmLines: comments, left out', () => {
  expect(readFarmLines(`# mine\n${a} # the first\n\t# none\n${b}, no#1`)).toEqual([
    { id: a },
    { id: b, name: 'no#1' },
  ]);
});

test.each([
  ['no JSON', '{'],
  ['another format', '{"format":"other"}'],
  ['no list', '{"format":"post-workbench-farm"}'],
  ['an id that is a number', '{"format":"post-workbench-farm","identities":[{"id":1}]}'],
  ['no id at all', '{"format":"post-workbench-farm","identities":[{"name":"x"}]}'],
])('readFarmIdentities: %s, refused', (_, text) => {
  expect(() => readFarmIdentities(text)).toThrow(
    expect.objectContaining({ code: 'farm-not-readable' }),
  );
});
