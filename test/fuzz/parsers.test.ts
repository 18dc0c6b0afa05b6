/** Fuzzing of every reader of text and bytes: an answer or a WorkbenchError, in time and memory. About 25 s. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { byteParsers, textParsers } from '../support/parsers';
import { answersOrRefuses, fuzz, type FuzzTarget } from './fuzz';
import { frames } from './frames';
import { byteStrings, texts } from './inputs';
import { casesPerRound, minutes, onlyTarget, timeoutMs } from './settings';

/** Inputs that once were findings, or would be for the next one who writes such a parser: corpus/<name>/…  */
function corpus(name: string): Buffer[] {
  const folder = join('test/fuzz/corpus', name);
  return existsSync(folder)
    ? readdirSync(folder).map((file) => readFileSync(join(folder, file)))
    : [];
}

const textTargets = textParsers.map(({ name, read, examples }): FuzzTarget<string> => ({
  name,
  inputs: texts([...examples, ...corpus(name).map((bytes) => bytes.toString())]),
  run: read,
  bytesOf: (text) => Buffer.from(text),
}));
const byteTargets = byteParsers.map(({ name, read, examples }, i): FuzzTarget<Uint8Array> => ({
  // decodeAtx is there twice, for its two versions.
  name: byteParsers.findIndex((other) => other.name === name) === i ? name : `${name} (${i})`,
  inputs: byteStrings([...examples, ...corpus(name)]),
  run: read,
  bytesOf: (bytes) => bytes,
}));
const minutesEach = minutes / (textTargets.length + byteTargets.length + 1);
const wanted = <Input>(targets: readonly FuzzTarget<Input>[]): FuzzTarget<Input>[] =>
  targets.filter(({ name }) => name.includes(onlyTarget));

describe('parsers', () => {
  const time = { timeout: timeoutMs };

  test.each(wanted([frames]))(
    '$name: edited answers, an answer or a refusal',
    time,
    async (target) => {
      vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
      expect(await fuzz(target, minutesEach)).toBeGreaterThanOrEqual(casesPerRound);
      vi.unstubAllGlobals();
    },
  );

  test.each(wanted(textTargets))(
    '$name: edited texts, an answer or a refusal',
    time,
    async (target) => {
      expect(await fuzz(target, minutesEach)).toBeGreaterThanOrEqual(casesPerRound);
    },
  );

  test.each(wanted(byteTargets))(
    '$name: edited bytes, an answer or a refusal',
    time,
    async (target) => {
      expect(await fuzz(target, minutesEach)).toBeGreaterThanOrEqual(casesPerRound);
    },
  );
});

describe('corpus', () => {
  test.each(readdirSync('test/fuzz/corpus'))(
    '%s: its files, an answer or a refusal',
    async (name) => {
      const parser = [...textParsers, ...byteParsers].find((other) => other.name === name);
      expect(parser).toBeDefined();
      for (const bytes of corpus(name))
        await answersOrRefuses(() =>
          parser?.input === 'text' ? parser.read(bytes.toString()) : parser?.read(bytes),
        );
    },
  );
});
