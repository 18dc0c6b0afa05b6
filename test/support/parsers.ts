/**
 * Every function of src/ that reads a text or bytes from outside: with true examples, and with the shapes of hostile
 * input that its grammar invites. What a test asserts of all parsers runs over this list: that their run time is linear
 * (property/linear-parsers), and that they answer or refuse (fuzz/).
 */
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { readBytes } from '../../src/base/bytes';
import { decodeAddress, parseAddress } from '../../src/protocol/address';
import { decodeAtx } from '../../src/protocol/atx';
import { decodeBallot } from '../../src/protocol/ballot';
import { decodeBlock } from '../../src/protocol/block';
import { parsePastedId, readTypedId, readTypedIds } from '../../src/protocol/ids';
import { parseJson, plainJson } from '../../src/base/json';
import { parseKey } from '../../src/protocol/keys';
import { decodeActiveSet } from '../../src/protocol/active-set';
import { decodeCertificate } from '../../src/protocol/certificate';
import { decodeMalfeasance } from '../../src/protocol/malfeasance';
import { decodeMalfeasanceV2 } from '../../src/protocol/malfeasance-v2';
import { readMetadata } from '../../src/protocol/metadata';
import { parseNodeConfig, readSmeshingConfig } from '../../src/protocol/node-config';
import { decodePoet } from '../../src/protocol/poet';
import { readProof } from '../../src/protocol/proof';
import { recogniseFile } from '../../src/protocol/recognise';
import { encodeCompact } from '../../src/protocol/scale';
import { decodeTransactionResult } from '../../src/protocol/transaction-result';
import { readConfig } from '../../src/node/config/config';
import { epochLines, readEvent } from '../../src/node/api/events';
import { readNodeStatus, readReward } from '../../src/node/api/gateway';
import { readGrpcurl } from '../../src/node/api/grpcurl';
import { LogFile } from '../../src/node/log/file';
import { goDurationMs } from '../../src/node/log/life';
import { readFields, readHead, smesherOf } from '../../src/node/log/lines';
import { nodeDashboard, parseMetrics } from '../../src/node/metrics/metrics';
import { viewOfAnswers } from '../../src/node/api/view';
import { parseServiceStatus } from '../../src/node/api/operator';
import { serverUrl } from '../../src/node/metrics/prometheus';
import { parseOverrides } from '../../src/pages/network/overrides';
import { readFarmIdentities, readFarmLines } from '../../src/protocol/farm-identities';
import { parseSizes } from '../../src/pages/shared/sizes';
import { readUtc } from '../../src/pages/node/time';
import { parseFarm } from '../../src/pages/plan/farm-file';
import { parseFleet, parseIdentities, parseShared } from '../../src/pages/plan/fleet-text';
import { parseParameter } from '../../src/state/parameter';
import { parseRuns } from '../../src/post/profile/files';
import { memorySource } from '../../src/state/engine/source';
import { readShm, readWal } from '../../src/state/engine/wal';
import {
  bindParameters,
  guardReadOnly,
  parametersOf,
  splitStatements,
  tokens,
} from '../../src/state/sql-text';
import { readPrices } from '../../src/state/fleet/prices';
import { parseQueries } from '../../src/storage/queries';
import { parseNumber } from '../../src/ui/number-rule';
import { parseFilter } from '../../src/ui/table/filter';

/** Makes an input of about `size` characters or bytes. */
type Shape<Input> = (size: number) => Input;

interface ParserOf<Input> {
  /** The module, and the function of it. */
  readonly source: string;
  readonly name: string;
  readonly read: (input: Input) => unknown;
  readonly examples: readonly Input[];
  /** Beside those that every parser gets. */
  readonly shapes: Readonly<Record<string, Shape<Input>>>;
}

export type TextParser = ParserOf<string> & { readonly input: 'text' };
export type ByteParser = ParserOf<Uint8Array> & { readonly input: 'bytes' };

/** As one string in memory: a repeated one is a tree of pieces, which the first reader would have to join. */
const flat = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

/** `before`, the unit as often as it fits, `after`. */
const repeated =
  (unit: string, before = '', after = ''): Shape<string> =>
  (size) =>
    flat(before + unit.repeat(Math.ceil(size / unit.length)) + after);

/** Units that differ by a number, such as keys. */
const numbered =
  (unit: (i: number) => string, before = '', after = ''): Shape<string> =>
  (size) => {
    const parts: string[] = [before];
    for (let i = 0, length = 0; length < size; i++) {
      const part = unit(i);
      parts.push(part);
      length += part.length;
    }
    return flat(parts.join('') + after);
  };

/** As many closing signs as opening ones: readers that try every pair take the cube of it. */
const opened =
  (opening: string, closing: string): Shape<string> =>
  (size) => {
    const count = Math.ceil(size / (opening.length + closing.length));
    return flat(opening.repeat(count) + closing.repeat(count));
  };

/** What breaks parsers: delimiters without end, brackets that nothing closes, and tokens without end. */
export const textShapes: Readonly<Record<string, Shape<string>>> = {
  letters: repeated('a'),
  digits: repeated('1'),
  'digits before a letter': repeated('1', '', 'x'),
  spaces: repeated(' '),
  'spaces between letters': repeated(' ', 'a', 'a'),
  'line breaks': repeated('\n'),
  'carriage returns': repeated('\r\n', '', 'x'),
  tabs: repeated('\t', 'a', 'a'),
  'opening braces': repeated('{'),
  'opening brackets': repeated('['),
  'nested arrays': repeated('[1,'),
  'nested objects': repeated('{"a":'),
  'closing braces': repeated('}', '{'),
  'braces, closed': opened('{', '}'),
  'objects, closed': opened('{"a":', '}'),
  'arrays, closed': opened('[', ']'),
  'parentheses, closed': opened('(', ')'),
  'letters, then braces': opened('{a', '}'),
  'pairs of braces': repeated('{}'),
  'braces after an open one': repeated('{} ', '{ '),
  'double quotes': repeated('"'),
  'single quotes': repeated("'"),
  'opening quotes before braces': repeated('{"'),
  backslashes: repeated('\\'),
  'escapes in an open string': repeated('\\n', '{"a":"'),
  colons: repeated(':'),
  commas: repeated(','),
  semicolons: repeated(';'),
  equals: repeated('='),
  dashes: repeated('-'),
  slashes: repeated('/'),
  'escape sequences': repeated('\u001b['),
  'byte order marks': repeated('\ufeff'),
  zeros: repeated('\u0000'),
  surrogates: repeated('\ud800'),
};

const file = (name: string): string => readFileSync(`test/data/${name}`, 'utf8');
const idHex = '68c46990cdfc22c6ca3d9160a5cb079c4da86c203fc386fa6a865470391f120e';

const profilerOutput = `./profiler --threads=1
{
  "time_s": 10.316020166,
  "speed_gib_s": 0.19387321542775668
}
profiler pow --threads 2 --nonces 64 --num-units 4 --randomx-mode light
{ "randomx_vm_init_time": {"secs": 1, "nanos": 5}, "average_time": {"secs": 150, "nanos": 0}, "iterations": 5 }
`;
const profileFile = JSON.stringify({
  format: 'post-workbench-profile',
  version: 1,
  runs: [
    {
      id: 'a',
      name: 'run',
      startedMs: 1,
      origin: 'page',
      machine: ['m'],
      results: [
        { benchmark: 'proving', nonces: 16, threads: 1, time_s: 1, samples: [0.5], remarks: [] },
        { benchmark: 'k2pow', mode: 'fast', threads: 1, samples: [5] },
        { benchmark: 'labels', samples: [1000] },
        { benchmark: 'read', streams: 2, samples: [700], error: 'x' },
      ],
    },
  ],
});

const logLines = [
  '{"L":"INFO","T":"2026-11-21T08:46:51.123Z","N":"node.atxBuilder","M":"atx published","atx_id":"08978cd937","smesherID":"68c469","size":407}',
  '{"L":"INFO","T":"2026-11-21T08:46:51.123+0200","N":"node.clock","M":"starting global clock","genesis":"2026-11-21T08:46:50Z","layer_duration":"2s"}',
  '2026-11-21T08:46:51.123Z\tINFO\tnode.post\tpost setup completed\t{"node_id": "68c469", "data_dir": "/x"}',
  '[2026-11-21T08:45:29Z INFO  post_service::client] got a proof',
  '2026-11-21T08:46:51.123Z\tERROR\tnode\tboom\ngoroutine 1 [running]:\n\tmain.go:1',
  '{"L":"INFO","T":"2026-11-21T08:46:51.123Z","N":"node.proposalBuilder","M":"proposal eligibilities for an epoch","signer":"68c469","epoch":3,"weight":4,"slots":2,"eligible by layer":[{"layer":30,"slots":1}]}',
];

const event = {
  timestamp: '2026-11-21T08:46:51.123456789Z',
  help: 'Node published activation.',
  eligibilities: { epoch: 3, smesher: 'aMRpkM38Isb', eligibilities: [{ layer: 30, count: 2 }] },
};
const answersOfGrpcurl = [
  event,
  { versionString: { value: 'v1.7.6' } },
  { status: { connectedPeers: '3', isSynced: true, topLayer: { number: 5 } } },
  { status: 'SYNC_STATUS_SYNCED', connectedPeers: '3', currentLayer: 4 },
  { genesisTime: '2026-11-21T08:46:50Z', layerDuration: '2s', layersPerEpoch: 5 },
  { publicKeys: ['aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4='] },
  { states: [{ id: 'aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4=', name: 'a', state: 'IDLE' }] },
  { rewards: [{ layer: 3, total: '5', layerReward: '4', coinbase: 'sm1', smesher: 'aa' }] },
];
const grpcurlOutput = answersOfGrpcurl.map((one) => JSON.stringify(one, null, 2)).join('\n');

const metricsLines = [
  '# HELP go_goroutines Number of goroutines.',
  '# TYPE go_goroutines gauge',
  'go_goroutines 123',
  '# TYPE spacemesh_miner_proposal_build_seconds histogram',
  'spacemesh_miner_proposal_build_seconds_bucket{le="0.5"} 3',
  'spacemesh_miner_proposal_build_seconds_bucket{le="+Inf"} 4 1732000000000',
  'spacemesh_miner_proposal_build_seconds_sum 1.5e0 # {trace_id="x"} 0.5',
  'spacemesh_database_table_size{name="atxs",x="a\\"b\\\\"} 4096',
  'spacemesh_tortoise_mode NaN',
];

const text = (parser: Omit<TextParser, 'input'>): TextParser => ({ input: 'text', ...parser });

/** JSON that a reader of values takes; what is no JSON is its caller's. */
const ofJson =
  (read: (value: unknown) => unknown) =>
  (input: string): unknown => {
    let value: unknown;
    try {
      value = JSON.parse(input);
    } catch {
      return undefined;
    }
    return read(value);
  };
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sqlExamples = [
  'SELECT a, "b c", [d], `e` FROM t WHERE x = :one AND y = ?2 AND z = @three OR w = $four(x)',
  "WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c) SELECT 'it''s', x'00ff', 0x1F, 1.5e-3 FROM c -- end",
  'EXPLAIN QUERY PLAN SELECT 1; /* two */ PRAGMA main.table_info("atxs");',
];
const sqlShapes: TextParser['shapes'] = {
  'parameters that nothing closes': repeated('$a('),
  'parameters with suffixes': repeated('::', '$a'),
  'comments that nothing closes': repeated('/*'),
  'stars in a comment': repeated('*', '/*'),
  'line comments': repeated('--\n'),
  statements: repeated('SELECT 1;'),
  'quotes in an open string': repeated("''", "'"),
  backticks: repeated('`'),
  'open brackets': repeated('[a'),
  exponents: repeated('1e'),
  'parameters by name': numbered((i) => `:a${i} `, 'SELECT '),
  'parameters by position': repeated('?,', 'SELECT '),
  'common tables': repeated('a AS (SELECT 1), ', 'WITH '),
  parentheses: repeated('(', 'WITH a AS '),
  'blob literals': repeated("x'"),
};

const jsonShapes: TextParser['shapes'] = {
  'one key many times': repeated('"a":1,', '{', '"a":1}'),
  'many keys': numbered((i) => `"k${i}":${i},`, '{', '"z":1}'),
  'many keys on lines of their own': numbered((i) => `"k${i}":${i},\n`, '{', '"z":1}'),
  'keys in both cases': repeated('"a":{},"A":{},', '{', '"z":1}'),
  'a long number': repeated('1', '{"a":', '}'),
  'a long number with a sign': repeated('0', '{"a":-1', 'x}'),
  'a long string': repeated('a', '{"a":"', '"}'),
  'white space': repeated(' \n', '{', '}'),
  'deep arrays': repeated('[', '{"a":'),
  numbers: repeated('1,', '{"a":[', '1]}'),
  strings: repeated('"\\u0041",', '{"a":[', '""]}'),
};
const configShapes: TextParser['shapes'] = {
  ...jsonShapes,
  'one option many times': repeated('"smeshing":{"smeshing-start":true},', '{', '"z":1}'),
  'keys below a long one': (size) =>
    numbered((i) => `"k${i}":1,`, `{"${'a'.repeat(size / 2)}":{`, '"z":1}}')(size / 2),
  'keys twice below a long one': (size) =>
    repeated('"k":1,', `{"${'a'.repeat(size / 2)}":{`, '"z":1}}')(size / 2),
  'unknown options': numbered((i) => `"smeshing-${i}":1,`, '{"smeshing":{', '"z":1}}'),
  origins: repeated('"https://a/b",', '{"api":{"grpc-cors-allowed-origins":[', '""]}}'),
  'poet servers': repeated('{"address":"http://a"},', '{"main":{"poet-servers":[', '{}]}}'),
  'a long listener': repeated('a.', '{"api":{"grpc-public-listener":"', '"}}'),
  'a long duration': repeated('1', '{"main":{"db-prune-interval":"', '"}}'),
  'a long duration with units': repeated('1s', '{"main":{"db-prune-interval":"', 'x"}}'),
  'a long coinbase': repeated('q', '{"smeshing":{"smeshing-coinbase":"sm1', '"}}'),
};

const logShapes: TextParser['shapes'] = {
  entries: repeated(`${logLines[0] ?? ''}\n`),
  'entries of the console': repeated(`${logLines[2] ?? ''}\n`),
  'entries with other times': numbered(
    (i) =>
      `{"L":"INFO","T":"${new Date(i * 86_400_000).toISOString()}","N":"s${i}","M":"m","smesherID":"${String(i).padStart(6, '0')}"}\n`,
  ),
  eligibilities: numbered(
    (i) =>
      `{"L":"INFO","T":"2026-11-21T08:46:51.123Z","N":"node.proposalBuilder","M":"proposal eligibilities for an epoch","signer":"68c469","epoch":${i},"eligible by layer":[{"layer":1,"slots":1}]}\n`,
  ),
  'a long message': repeated('\\\\', '{"L":"INFO","T":"2026-11-21T08:46:51.123Z","M":"'),
  'a long open message': repeated('a', '{"L":"INFO","T":"2026-11-21T08:46:51.123Z","M":"'),
  'console columns': repeated('\t', '2026-11-21T08:46:51.123Z\tINFO\t'),
  signers: repeated('"signer":  ', '{"L":"INFO","T":"2026-11-21T08:46:51.123Z","M":"m",'),
  'continuation lines': repeated('\tat x\n', `${logLines[3] ?? ''}\n`),
  colours: repeated('\u001b[31m', '2026-11-21T08:46:51.123Z\tINFO\t'),
  'wrapped lines': repeated('Nov 21 08:45:29 host go-spacemesh[242]: x\n'),
};

const searchedLog = async (input: string): Promise<unknown> => {
  const log = await LogFile.open(new Blob([input]));
  const matches = await log.find({ text: 'published', levels: ['INFO', 'ERROR'] });
  const newest = await log.find({ smesher: '68c469' }, { newestFirst: true, limit: 50 });
  return [log.summary, matches, newest];
};

export const textParsers: readonly TextParser[] = [
  text({
    source: 'src/post/profile/files.ts',
    name: 'parseRuns',
    read: (input) => parseRuns(input, { nonces: 64, threads: 4 }, 0),
    examples: [profilerOutput, profileFile],
    shapes: {
      results: repeated('{"speed_gib_s":0.5}\n'),
      'results with command lines': repeated('profiler -t 4 -n 64\n{"speed_gib_s":0.5}\n'),
      'one result after open braces': repeated('{', '', profilerOutput),
      'objects in an open object': repeated('{"a":1},', '{"b":['),
      'a long command line': repeated(' -t', 'profiler', '\n{"speed_gib_s":0.5}'),
      'a long option': repeated(' ', 'profiler --threads', '\n{"speed_gib_s":0.5}'),
      runs: repeated(
        '{"name":"a","startedMs":1,"results":[]},',
        '{"format":"post-workbench-profile","runs":[',
        '{"name":"a","startedMs":1,"results":[]}]}',
      ),
      samples: repeated(
        '1,',
        '{"format":"post-workbench-profile","runs":[{"name":"a","startedMs":1,"results":[{"benchmark":"labels","samples":[',
        '1]}]}]}',
      ),
    },
  }),
  text({
    source: 'src/node/api/grpcurl.ts',
    name: 'readGrpcurl',
    read: (input) => {
      const output = readGrpcurl(input);
      return [output, viewOfAnswers(output.answers)];
    },
    examples: [
      grpcurlOutput,
      'ERROR:\n  Code: Unimplemented\n  Message: unknown service spacemesh.v1.AdminService',
      'Failed to dial target host "127.0.0.1:9093": connect: connection refused',
    ],
    shapes: {
      events: repeated(`${JSON.stringify(event)}\n`),
      rewards: repeated('{"layer":1,"smesher":"aa"},', '{"rewards":[', '{}]}'),
      keys: repeated(`"${idHex}",`, '{"publicKeys":[', '""]}'),
      errors: repeated('ERROR:'),
      'errors with white space': repeated('ERROR: '),
      'white space after an error': repeated(' \n', 'ERROR:'),
      'an error whose code is followed by white space': repeated('\n ', 'ERROR:\n Code: x'),
      codes: repeated('ERROR:\nCode:a\n'),
      'failures to dial': repeated('Failed to dial target host "'),
      'objects that are not JSON': repeated('{a}'),
    },
  }),
  text({
    source: 'src/base/json.ts',
    name: 'parseJson',
    read: (input) => plainJson(parseJson(input)),
    examples: [file('node/config/A.json'), profileFile, '[1,-2.5e3,true,false,null,"\\u00e9"]'],
    shapes: jsonShapes,
  }),
  text({
    source: 'src/node/config/config.ts',
    name: 'readConfig',
    read: readConfig,
    examples: [file('node/config/A.json'), file('node/config/B.json'), file('node/config/C.json')],
    shapes: configShapes,
  }),
  text({
    source: 'src/protocol/node-config.ts',
    name: 'parseNodeConfig',
    read: parseNodeConfig,
    examples: [file('node/config/A.json')],
    shapes: jsonShapes,
  }),
  text({
    source: 'src/protocol/node-config.ts',
    name: 'readSmeshingConfig',
    read: readSmeshingConfig,
    examples: [file('node/config/A.json'), file('node/config/B.json')],
    shapes: configShapes,
  }),
  text({
    source: 'src/protocol/metadata.ts',
    name: 'readMetadata',
    read: readMetadata,
    examples: [file('node/keys/A_supervised/post/postdata_metadata.json')],
    shapes: {
      ...jsonShapes,
      'one field many times': repeated('"NumUnits":1,', '{', '"NumUnits":2}'),
      ids: repeated('A', '{"NodeId":"', '"}'),
      padding: repeated('=', '{"NodeId":"AA', '"}'),
    },
  }),
  text({
    source: 'src/protocol/proof.ts',
    name: 'readProof',
    read: (input) => readProof(input),
    examples: ['{"nonce":15,"indices":"DBETHA==","pow":3}', '3c100c11131c0c', 'PBAMERMcDA=='],
    shapes: { ...jsonShapes, 'hex digits': repeated('0a'), padding: repeated('=') },
  }),
  text({
    source: 'src/protocol/keys.ts',
    name: 'parseKey',
    read: parseKey,
    examples: [
      file('node/keys/A_supervised/local.key'),
      idHex,
      '-----BEGIN KEY-----',
      '{"Key":"a","ID":"b"}',
    ],
    shapes: {},
  }),
  text({
    source: 'src/protocol/ids.ts',
    name: 'parsePastedId',
    read: parsePastedId,
    examples: [
      idHex,
      `0x${idHex}`,
      `x'${idHex}'`,
      'aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4=',
      'sm1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh',
    ],
    shapes: {
      padding: repeated('=', 'A', 'A'),
      'an address': repeated('q', 'sm1'),
      'quotes around': repeated('a ', "x'", "'"),
    },
  }),
  text({
    source: 'src/protocol/ids.ts',
    name: 'readTypedId',
    read: readTypedId,
    examples: [idHex.slice(0, 8), `0x${idHex}`, 'sm1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh'],
    shapes: { 'wrapped lines': repeated('ab\n'), 'an address': repeated('a1', '', 'q'.repeat(45)) },
  }),
  text({
    source: 'src/protocol/ids.ts',
    name: 'readTypedIds',
    read: readTypedIds,
    examples: [`${idHex}, ${idHex.slice(0, 8)}`],
    shapes: { 'a list': repeated('abcd1234 '), separators: repeated(', ;') },
  }),
  text({
    source: 'src/protocol/address.ts',
    name: 'decodeAddress',
    read: decodeAddress,
    examples: ['stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh'],
    shapes: { 'an address': repeated('q', 'sm1') },
  }),
  text({
    source: 'src/protocol/address.ts',
    name: 'parseAddress',
    read: parseAddress,
    examples: ['stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh'],
    shapes: { 'an address': repeated('q', 'sm1'), prefixes: repeated('sm1') },
  }),
  text({
    source: 'src/base/bytes.ts',
    name: 'readBytes',
    read: (input) => readBytes(input, 32, 'id'),
    examples: [idHex, 'aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4='],
    shapes: { 'hex digits': repeated('0a', '0x'), padding: repeated('=', 'A', 'A') },
  }),
  text({
    source: 'src/node/metrics/metrics.ts',
    name: 'parseMetrics',
    read: (input) => nodeDashboard(parseMetrics(input)),
    examples: [metricsLines.join('\n'), `HTTP/1.1 200 OK\r\n\r\n${metricsLines.join('\n')}\n# EOF`],
    shapes: {
      samples: repeated('a 1\n'),
      families: numbered((i) => `m${i} 1\n`),
      'samples with one label each': numbered((i) => `a{b="${i}"} 1\n`),
      tables: numbered((i) => `spacemesh_database_table_size{name="${i}"} ${i}\n`),
      buckets: numbered((i) => `spacemesh_miner_proposal_build_seconds_bucket{le="${i}"} ${i}\n`),
      'labels of one sample': numbered((i) => `l${i}="v",`, 'a{', '} 1\n'),
      'an open label': repeated('a', 'a{b="'),
      'a long value': repeated('1', 'a ', 'x\na 1\n'),
      'a long number': repeated('0', 'a ', '.\na 1\n'),
      'white space before a value': repeated(' ', 'a', 'x\na 1\n'),
      'values on one line': repeated('1 ', 'a '),
      exemplars: repeated(' # ', 'a 1'),
      comments: repeated('# HELP a b\n', '', 'a 1\n'),
      'white space in a comment': repeated(' ', '#', 'x\na 1\n'),
      'comments without end': repeated('# TYPE '),
      escapes: repeated('\\n', 'a{b="', '"} 1\n'),
      'a head without end': repeated('a\r\n', 'HTTP/'),
    },
  }),
  text({
    source: 'src/node/log/file.ts',
    name: 'LogFile.open',
    read: searchedLog,
    examples: [logLines.join('\n')],
    shapes: logShapes,
  }),
  text({
    source: 'src/node/log/lines.ts',
    name: 'readHead',
    read: (line) => {
      const head = readHead(line);
      return head && [readFields(line, head), smesherOf(line, head)];
    },
    examples: logLines,
    shapes: logShapes,
  }),
  text({
    source: 'src/node/log/life.ts',
    name: 'goDurationMs',
    read: goDurationMs,
    examples: ['1h2m3.5s', '0', '-5ms'],
    shapes: {
      units: repeated('1s'),
      'units before a letter': repeated('1ms', '', 'x'),
      points: repeated('.', '1'),
    },
  }),
  text({
    source: 'src/node/api/events.ts',
    name: 'readEvent',
    read: ofJson((value) => {
      const events = (Array.isArray(value) ? value : [value]).flatMap(
        (one) => readEvent(one) ?? [],
      );
      return epochLines(events);
    }),
    examples: answersOfGrpcurl.map((one) => JSON.stringify(one)),
    shapes: {
      eligibilities: repeated(
        '{"layer":5,"count":1},',
        '{"timestamp":"2026-11-21T08:46:51Z","eligibilities":{"epoch":3,"eligibilities":[',
        '{}]}}',
      ),
      'lines of epochs': numbered(
        (i) =>
          `{"timestamp":"2026-11-21T08:46:51Z","poetWaitRound":{"publish":${i},"smesher":"aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4="}},`,
        '[',
        '{}]',
      ),
      'proposals after eligibilities': numbered(
        (i) =>
          `{"timestamp":"2026-11-21T08:46:51Z","eligibilities":{"epoch":${i},"smesher":"aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4=","eligibilities":[{"layer":${i},"count":1}]}},{"timestamp":"2026-11-21T08:46:52Z","proposal":{"layer":${i},"smesher":"aMRpkM38IsbKPZFgpcsHnE2obCA/w4b6aoZUcDkfEg4="}},`,
        '[',
        '{}]',
      ),
      'a long time': repeated('1', '{"timestamp":"2026-11-21T08:46:51.', '"}'),
    },
  }),
  text({
    source: 'src/node/api/gateway.ts',
    name: 'readNodeStatus',
    read: ofJson((value) => (isObject(value) ? readNodeStatus(value) : undefined)),
    examples: answersOfGrpcurl.map((one) => JSON.stringify(one)),
    shapes: { 'a long number': repeated('1', '{"connectedPeers":"', '"}') },
  }),
  text({
    source: 'src/node/api/gateway.ts',
    name: 'readReward',
    read: ofJson((value) => (isObject(value) ? readReward(value) : undefined)),
    examples: ['{"layer":3,"total":"5","layerReward":"4","coinbase":"sm1","smesher":"aa"}'],
    shapes: { 'a long number': repeated('1', '{"total":"', '"}') },
  }),
  text({
    source: 'src/node/api/operator.ts',
    name: 'parseServiceStatus',
    read: parseServiceStatus,
    examples: ['"Idle"', '{"Proving":{"nonces":{"start":0,"end":128},"position":0}}'],
    shapes: {},
  }),
  text({
    source: 'src/state/sql-text.ts',
    name: 'tokens',
    read: (input) => [...tokens(input)],
    examples: sqlExamples,
    shapes: sqlShapes,
  }),
  text({
    source: 'src/state/sql-text.ts',
    name: 'splitStatements',
    read: splitStatements,
    examples: sqlExamples,
    shapes: sqlShapes,
  }),
  text({
    source: 'src/state/sql-text.ts',
    name: 'guardReadOnly',
    read: guardReadOnly,
    examples: sqlExamples,
    shapes: sqlShapes,
  }),
  text({
    source: 'src/state/sql-text.ts',
    name: 'parametersOf',
    read: parametersOf,
    examples: sqlExamples,
    shapes: sqlShapes,
  }),
  text({
    source: 'src/state/sql-text.ts',
    name: 'bindParameters',
    read: (input) =>
      bindParameters(input, Object.fromEntries(parametersOf(input).map((name, i) => [name, i]))),
    examples: sqlExamples,
    shapes: sqlShapes,
  }),
  text({
    source: 'src/node/metrics/prometheus.ts',
    name: 'serverUrl',
    read: serverUrl,
    examples: ['127.0.0.1:9090', 'https://a.example/path/'],
    shapes: { 'slashes before a letter': repeated('/', 'http://a/', 'a') },
  }),
  text({
    source: 'src/storage/queries.ts',
    name: 'parseQueries',
    read: parseQueries,
    examples: [
      '{"format":"post-workbench-queries","version":1,"queries":[{"name":"a","sql":"b"}]}',
    ],
    shapes: {
      queries: repeated(
        '{"name":"a","sql":"b"},',
        '{"format":"post-workbench-queries","version":1,"queries":[',
        '{"name":"a","sql":"b"}]}',
      ),
    },
  }),
  text({
    source: 'src/ui/table/filter.ts',
    name: 'parseFilter',
    read: (input) => parseFilter(input)?.(5, () => '5'),
    examples: ['>5', '<=5', '!=5', '3..7', 'null', '!null', 'text'],
    shapes: {
      'a comparison': repeated('1', '>'),
      ranges: repeated('1..'),
      points: repeated('.', '1', '1'),
    },
  }),
  text({
    source: 'src/pages/plan/fleet-text.ts',
    name: 'parseFleet',
    read: parseFleet,
    examples: ['nas;4;0.8;1000;raid5;4*8@180,1*16@250~desk;1;1;1;separate;'],
    shapes: {
      machines: repeated('a;1;1;1;raid5;1*1@1~'),
      drives: repeated('1*1@1,', 'a;1;1;1;raid5;'),
    },
  }),
  text({
    source: 'src/pages/plan/fleet-text.ts',
    name: 'parseIdentities',
    read: parseIdentities,
    examples: ['first*16@nas-1~second*4'],
    shapes: { identities: repeated('a*4@d~'), stars: repeated('*'), signs: repeated('@', 'a*4') },
  }),
  text({
    source: 'src/pages/plan/fleet-text.ts',
    name: 'parseShared',
    read: parseShared,
    examples: ['pool;4000~second;500'],
    shapes: { services: repeated('a;4~'), separators: repeated(';') },
  }),
  text({
    source: 'src/pages/plan/farm-file.ts',
    name: 'parseFarm',
    read: parseFarm,
    examples: [
      'kind,name,machine,threads\nmachine,nas,,4\nidentity,"a, b",,\n',
      'kind,name,k2pow_hashes_s,value\nmachine,nas,,\nk2pow-service,pool,4000,\nsetting,objective,,all\n',
      '{"format":"post-workbench-farm","version":1,"machines":[{"name":"nas"}],"identities":[]}',
    ],
    shapes: {
      rows: repeated('machine,a,1,1,1,separate\n', 'kind,name,threads\n'),
      quotes: repeated('"', 'kind,name\nmachine,"'),
      'a quote that is open': repeated('machine,a\n', 'kind,name\n"'),
    },
  }),
  text({
    source: 'src/protocol/farm-identities.ts',
    name: 'readFarmIdentities',
    read: readFarmIdentities,
    examples: [
      '{"format":"post-workbench-farm","version":2,"identities":[{"id":"aa","name":"a","group":"home"}]}',
    ],
    shapes: {
      'identities without an id': repeated(
        '{},',
        '{"format":"post-workbench-farm","identities":[',
        '{"id":"a"}]}',
      ),
    },
  }),
  text({
    source: 'src/protocol/farm-identities.ts',
    name: 'readFarmLines',
    read: readFarmLines,
    examples: [`${'ab'.repeat(32)}, rack 1, home # the first\n`, 'aabb ccdd\n# none\n'],
    shapes: {
      'spaces before a comma': repeated(' ', 'a', ',b'),
      'comment signs': repeated(' #', 'a'),
      names: repeated(' a', 'ab'.repeat(32)),
    },
  }),
  text({
    source: 'src/state/fleet/prices.ts',
    name: 'readPrices',
    read: readPrices,
    examples: ['0.05', '2026-11-21, 0.05\n2026-11-22; 0.06\n'],
    shapes: {
      'spaces within': repeated(' ', '2026-11-21', '1'),
      'days before the price of one': repeated('2026-11-21, 0.05\n', '', 'x'),
      digits: repeated('1', '0.'),
    },
  }),
  text({
    source: 'src/ui/number-rule.ts',
    name: 'parseNumber',
    read: parseNumber,
    examples: ['32,768', ' 1.5e3 ', '-0'],
    shapes: { thousands: repeated(',000', '1'), digits: repeated('9'), zeros: repeated('0', '0.') },
  }),
  text({
    source: 'src/pages/network/overrides.ts',
    name: 'parseOverrides',
    read: (input) => parseOverrides(input, new Set(['smhUsd'])),
    examples: ['smhUsd:0.4~home.growth:0.1'],
    shapes: { overrides: repeated('smhUsd:0.4~') },
  }),
  text({
    source: 'src/pages/shared/sizes.ts',
    name: 'parseSizes',
    read: parseSizes,
    examples: ['16', '4, 4, 64', '100 × 4'],
    shapes: { sizes: repeated('4,', '', '4'), 'spaces before a sign': repeated(' ', '4', 'x') },
  }),
  text({
    source: 'src/pages/node/time.ts',
    name: 'readUtc',
    read: readUtc,
    examples: ['2026-11-21T08:46'],
    shapes: {},
  }),
  text({
    source: 'src/state/parameter.ts',
    name: 'parseParameter',
    read: (input) => [parseParameter('x', input), parseParameter('smesher', input)],
    examples: ['5', '1.5e3', 'null', "x'00ff'", '0x00ff', "'it''s'", idHex, 'text'],
    shapes: {
      'a number before a letter': repeated('1', '', 'e'),
      'a blob': repeated('0a', '0x'),
      quotes: repeated("''", "'", "'"),
    },
  }),
];

const vectors = JSON.parse(file('node/decoded_blobs.json')) as {
  readonly what: string;
  readonly version?: 1 | 2;
  readonly hex: string;
}[];
const blobs = vectors.map(({ version, hex: digits }) => ({ version, bytes: hex.decode(digits) }));
const atxs = (version: 1 | 2): Uint8Array[] =>
  blobs.filter((blob) => blob.version === version).map(({ bytes }) => bytes);
const zeros = (length: number): Uint8Array => new Uint8Array(length);

/** Pieces one after the other; numbers are compact integers. */
const scale = (...parts: readonly (Uint8Array | number)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'number' ? encodeCompact(BigInt(part)) : part)),
    ),
  );
/** A list of as many elements as fit, at most `limit`. */
const list = (size: number, limit: number, element: Uint8Array): Uint8Array => {
  const count = Math.min(limit, Math.ceil(size / element.length));
  return scale(
    count,
    new Uint8Array(count * element.length).map((_, i) => element[i % element.length] ?? 0),
  );
};

const bytes = (parser: Omit<ByteParser, 'input'>): ByteParser => ({ input: 'bytes', ...parser });
const filled =
  (byte: number): Shape<Uint8Array> =>
  (size) =>
    new Uint8Array(size).fill(byte);
export const byteShapes: Readonly<Record<string, Shape<Uint8Array>>> = {
  zeros: filled(0),
  ones: filled(1),
  'compact integers': filled(0xfe),
  'all bits': filled(0xff),
};

const malfeasanceProofs = JSON.parse(
  readFileSync('test/data/malfeasance-v2.json', 'utf8'),
) as readonly { readonly hex: string }[];

const post = scale(0, 0, 0);
const walFile = readFileSync('test/data/node/live_A/local.sql-wal');
const emptyBallot = [0, zeros(32), zeros(32), zeros(20), zeros(1), zeros(64), zeros(32), zeros(20)];

export const byteParsers: readonly ByteParser[] = [
  bytes({
    source: 'src/protocol/atx.ts',
    name: 'decodeAtx',
    read: (blob) => decodeAtx(blob, 1),
    examples: atxs(1),
    shapes: {
      'membership nodes': (size) =>
        scale(0, 0, zeros(64), zeros(2), zeros(24), 0, zeros(1).fill(1), list(size, 32, zeros(32))),
    },
  }),
  bytes({
    source: 'src/protocol/atx.ts',
    name: 'decodeAtx',
    read: (blob) => decodeAtx(blob, 2),
    examples: atxs(2),
    shapes: {
      'PoSTs without a previous ATX': (size) =>
        scale(
          ...[0, zeros(32), zeros(24), zeros(1), 0, 1, 0, zeros(32)],
          list(size, 256, scale(0, 5, 0, post, 0)),
          ...[0, 0, zeros(1), zeros(96)],
        ),
      marriages: (size) =>
        scale(
          ...[0, zeros(32), zeros(24), zeros(1), 0, 0, 0],
          list(size, 256, zeros(96)),
          zeros(97),
        ),
    },
  }),
  bytes({
    source: 'src/protocol/ballot.ts',
    name: 'decodeBallot',
    read: decodeBallot,
    examples: [scale(...emptyBallot, 0, 0, 0, 0, 0)],
    shapes: {
      votes: (size) => scale(...emptyBallot, list(size, 10_000, zeros(22)), 0, 0, 0, 0),
      abstentions: (size) => scale(...emptyBallot, 0, 0, list(size, 10_000, zeros(1)), 0, 0),
      eligibilities: (size) => scale(...emptyBallot, 0, 0, 0, list(size, 25_000, zeros(81)), 0),
    },
  }),
  bytes({
    source: 'src/protocol/block.ts',
    name: 'decodeBlock',
    read: decodeBlock,
    examples: [scale(1, 2, 1, zeros(32), 1, 1, 1, zeros(32))],
    shapes: {
      rewards: (size) => scale(0, 0, list(size, 2350, zeros(34)), 0),
      transactions: (size) => scale(0, 0, 0, list(size, 100_000, zeros(32))),
    },
  }),
  bytes({
    source: 'src/protocol/malfeasance.ts',
    name: 'decodeMalfeasance',
    read: decodeMalfeasance,
    examples: blobs.filter(({ version }) => version === undefined).map((blob) => blob.bytes),
    shapes: {},
  }),
  bytes({
    source: 'src/protocol/poet.ts',
    name: 'decodePoet',
    read: decodePoet,
    examples: [scale(32, zeros(32), 1, 32, zeros(32), 0, 5, 32, zeros(32), 2, zeros(2), zeros(96))],
    shapes: {
      'proof nodes': (size) =>
        scale(0, 0, list(size, 5400, scale(32, zeros(32))), 0, 0, 0, zeros(96)),
    },
  }),
  bytes({
    source: 'src/protocol/active-set.ts',
    name: 'decodeActiveSet',
    read: decodeActiveSet,
    examples: [scale(5, 2, zeros(64))],
    shapes: { ids: (size) => scale(5, list(size, 500_000, zeros(32))) },
  }),
  bytes({
    source: 'src/protocol/certificate.ts',
    name: 'decodeCertificate',
    read: decodeCertificate,
    examples: [scale(zeros(20), 0)],
    shapes: {},
  }),
  bytes({
    source: 'src/protocol/malfeasance-v2.ts',
    name: 'decodeMalfeasanceV2',
    read: decodeMalfeasanceV2,
    examples: malfeasanceProofs.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex'))),
    shapes: {},
  }),
  bytes({
    source: 'src/protocol/transaction-result.ts',
    name: 'decodeTransactionResult',
    read: decodeTransactionResult,
    examples: [scale(0, 0, 5, 6, zeros(20), 7, 1, zeros(24))],
    shapes: {},
  }),
  bytes({
    source: 'src/protocol/recognise.ts',
    name: 'recogniseFile',
    read: (head) =>
      recogniseFile({ name: 'x', sizeBytes: head.length, head: head.subarray(0, 4096) }),
    examples: [
      file('node/config/A.json'),
      metricsLines.join('\n'),
      logLines.join('\n'),
      profilerOutput,
    ]
      .map((content) => Buffer.from(content).subarray(0, 4096))
      .concat(walFile.subarray(0, 100)),
    shapes: {
      words: (size) => Buffer.from('a'.repeat(size)),
      keys: (size) => Buffer.from(`{${'"level" '.repeat(size / 8)}`),
      'braces in a metric': (size) => Buffer.from(`# HELP a\n${'a{'.repeat(size / 2)}`),
      times: (size) => Buffer.from('12:34:56 '.repeat(size / 9)),
    },
  }),
  bytes({
    source: 'src/state/engine/wal.ts',
    name: 'readWal',
    read: (log) => readWal(memorySource(log)),
    examples: [new Uint8Array(walFile.subarray(0, 32 + 6 * (24 + 4096)))],
    shapes: { frames: (size) => new Uint8Array(walFile.subarray(0, 32 + size)) },
  }),
  bytes({
    source: 'src/state/engine/wal.ts',
    name: 'readShm',
    read: readShm,
    examples: [
      new Uint8Array(readFileSync('test/data/node/live_A/local.sql-shm').subarray(0, 136)),
    ],
    shapes: {},
  }),
];
