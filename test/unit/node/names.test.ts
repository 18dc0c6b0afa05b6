/** Names from files that are also names of Object's members. */
import { expect, test } from 'vitest';
import {
  mergeConfigs,
  withOption,
  writeConfig,
  type ConfigObject,
} from '../../../src/node/config/values';
import { readGrpcurl } from '../../../src/node/api/grpcurl';
import { LifeReader } from '../../../src/node/log/life';
import { readHead } from '../../../src/node/log/lines';

const members = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];

test.each(members)('LifeReader: a logger named %s, read and without a stage', (name) => {
  const line = `2026-11-21T08:45:29.000Z\tINFO\t${name}\thello\t{"a": 1}`;
  const head = readHead(line);
  expect(head?.service).toBe(name);
  const reader = new LifeReader();
  if (head) reader.read(line, head);
  expect(reader.life.stages).toEqual([]);
});

test.each(members)('readGrpcurl: a status code named %s, without advice', (name) => {
  const { error } = readGrpcurl(`ERROR:\n  Code: ${name}\n  Message: no\n`);
  expect(error).toBe(`The node answered ${name}: no.`);
});

test.each(members)('mergeConfigs: a section named %s, merged as any other', (name) => {
  const config = JSON.parse(`{"${name}": {"a": 1}}`) as ConfigObject;
  const merged = mergeConfigs({}, config);
  expect(writeConfig(merged)).toBe(writeConfig(config));
  expect(
    writeConfig(mergeConfigs(merged, JSON.parse(`{"${name}": {"b": 2}}`) as ConfigObject)),
  ).toBe(writeConfig(JSON.parse(`{"${name}": {"a": 1, "b": 2}}`) as ConfigObject));
  expect(writeConfig(withOption(merged, [name, 'a'], undefined))).toBe('{}\n');
  expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
});
