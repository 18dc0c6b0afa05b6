/** No parser takes more than linear time, whatever it is given: exponents of growth, fitted. About 15 s. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../src/base/error';
import { growthOf } from '../support/growth';
import { byteParsers, byteShapes, textParsers, textShapes } from '../support/parsers';

/** Between the 1 of a linear parser with a sort in it, and the 2 of a quadratic one. */
const largestExponent = 1.5;

/** A refusal is as good as an answer: what is measured is the time until it comes. */
async function answerOrRefusal(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
  }
}

async function tooSteep<Input>(
  read: (input: Input) => unknown,
  shapes: Readonly<Record<string, (size: number) => Input>>,
): Promise<string[]> {
  const steep: string[] = [];
  for (const [shape, make] of Object.entries(shapes)) {
    const { exponent, sizes, timesMs } = await growthOf((size) => {
      const input = make(size);
      return () => answerOrRefusal(() => read(input));
    }, largestExponent);
    if (exponent > largestExponent)
      steep.push(
        `${shape}: n^${exponent.toFixed(2)}, ${timesMs.join(', ')} ms at ${sizes.join(', ')}`,
      );
  }
  return steep;
}

describe('run time', () => {
  test.each(textParsers)('$name of $source: hostile texts, at most linear', async (parser) => {
    expect(await tooSteep(parser.read, { ...textShapes, ...parser.shapes })).toEqual([]);
  });

  test.each(byteParsers)('$name of $source: hostile bytes, at most linear', async (parser) => {
    expect(await tooSteep(parser.read, { ...byteShapes, ...parser.shapes })).toEqual([]);
  });
});

/** Exported readers that read nothing by themselves, and what is measured in their place. */
const notMeasured: Readonly<Record<string, string>> = {
  'src/app/host-policy.ts readHostPolicy': 'a header of the own origin',
  'src/app/workbench-calls.ts read': 'arguments of a script, of which arguments.ts reads each',
  'src/app/workbench-calls.ts readJob': 'arguments of a script, of which arguments.ts reads each',
  'src/node/texts.ts readMetricsText': 'parseMetrics, in a worker',
  'src/node/texts.ts readPrintedText': 'readGrpcurl, in a worker',
  'src/server/targets.ts readArguments': 'the words of a command line',
  'src/state/engine/errors.ts readingsDiffer': 'an error, not a reader',
  'src/node/api/operator.ts readServiceStatus': 'parseServiceStatus',
  'src/base/read-file.ts readJsonResponse': 'the limits themselves, and parseJson',
  'src/base/read-file.ts readTextFile': 'the limits themselves',
  'src/base/read-file.ts readTextResponse': 'the limits themselves',
  'src/identity/keys.ts parse': 'parseKey',
  'src/identity/keys.ts readKeyFile': 'parseKey',
  'src/node/api/grpc-values.ts readStatus': 'a decoded message',
  'src/node/api/grpc-values.ts readClock': 'a decoded message',
  'src/node/api/grpc-values.ts readPostStates': 'a decoded message',
  'src/node/api/grpc-values.ts readPostSetup': 'a decoded message',
  'src/node/log/blocks.ts readable': 'what it is given to run',
  'src/node/log/lines.ts readFields': 'readHead, of whose line it reads the rest',
  'src/protocol/proof.ts readPostScale': 'decodeAtx',
  'src/protocol/atx.ts readAtxV1': 'decodeAtx',
  'src/audit/messages.ts readShortId': 'readBytes',
  'src/state/queries/ids.ts readId': 'readBytes',
  'src/state/queries/ids.ts readCoinbase': 'readBytes and parseAddress',
  'src/post/labels.ts readCommitment': 'readBytes',
  'src/post/k2pow/k2pow.ts readPowRequest': 'readBytes',
  'src/state/engine/btree.ts readTreePage': 'one page of at most 64 KiB, in the fuzzed databases',
  'src/post/directory/directory.ts readLabel': '16 bytes of a file',
  'src/base/read-slice.ts readSlice': 'bytes of a file as they are',
  'src/post/verify/verify.ts readMode': 'a choice of the page',
  'src/audit/layer-data.ts readLayers': 'decodeBallot and decodeBlock',
  'src/audit/layer-data.ts readable': 'what it is given to run',
  'src/cli/files/read-unchanged.ts readUnchanged': 'bytes of a file as they are',
  'src/cli/audit/part-file.ts readPartFile': 'the library of Parquet files',
  'src/cli/files/lines.ts readLines': 'lines of a file as they are',
  'src/cli/fleet.ts readFleetIds': 'readFarmIdentities and readFarmLines',
  'src/cli/options.ts readShard': 'a word of the command line',
  'src/protocol/networks.ts readNetworks': 'what the page has saved',
  'src/state/engine/btree.ts readVarint': 'at most nine bytes',
  'src/cli/options.ts readInteger': 'a word of the command line',
  'src/cli/options.ts readPercent': 'a word of the command line',
  'src/ui/drop.ts readTransfer': 'names of files',
  'src/ui/drop.ts readDirectory': 'names of files',
  'src/ui/drop.ts readHandles': 'names of files',
  'src/ui/drop.ts readFileList': 'names of files',
  'src/simulate/farm/epoch-build.ts readSettings': 'numbers of the page',
  'src/simulate/network/assumptions.ts readAssumptions': 'numbers of the page',
  'src/simulate/network/population.ts readPopulation': 'numbers of the page',
  'src/storage/fresh-files.ts readAgain': 'handles of files',
  'src/storage/settings.ts readSetting': 'what the page has saved',
  'src/storage/runs.ts readRuns': 'what the page has saved',
  'src/storage/recents.ts readRecentDatabases': 'what the page has saved',
  'src/storage/queries.ts readSavedQueries': 'what the page has saved',
  'src/storage/queries.ts readHistory': 'what the page has saved',
  'src/storage/addresses.ts readAddresses': 'what the page has saved',
};

test('parsers: a new exported reader, in the list above or in that of the parsers', () => {
  const measured = new Set(
    [...textParsers, ...byteParsers].map(({ source, name }) => `${source} ${name}`),
  );
  const exported =
    /^export (?:async )?(?:function\*?|const) ((?:parse|read|decode|recogni[sz]e)\w*)/gm;
  const readers = readdirSync('src', { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(exported)].map(([, name]) => `${path} ${name ?? ''}`),
    )
    .filter((reader) => !measured.has(reader));
  // Constants such as readerChannels are no functions, but a list of names is simpler than a parser of TypeScript.
  const constants = new Set([
    'src/simulate/network/load.ts readBytesPerS',
    'src/state/engine/file-reader.ts readThrough',
    'src/state/engine/file-reader.ts readerChannels',
  ]);
  expect(readers.filter((reader) => !constants.has(reader)).sort()).toEqual(
    Object.keys(notMeasured).sort(),
  );
});
