// Metrics line by line and number by number, and servers that answer as they should or not. The format:
// https://prometheus.io/docs/instrumenting/exposition_formats/; quantiles as PromQL's histogram_quantile.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  fetchMetrics,
  nodeDashboard,
  parseMetrics,
  quantileOf,
  samplesOf,
  sumOf,
} from '../../../../src/node/metrics/metrics';
import { queryRange, serverUrl } from '../../../../src/node/metrics/prometheus';

const familyOf = (text: string, name: string) => parseMetrics(text).families.get(name);
const valueOf = (line: string) => parseMetrics(`${line}\nlast 1`).families.get('a')?.samples[0];
const isRead = (line: string) => parseMetrics(`last 1\n${line}`).samples === 2;

describe('a sample', () => {
  test.each([
    ['a 1', 1],
    ['a\t 1', 1],
    ['a +1.5', 1.5],
    ['a -.5', -0.5],
    ['a 2.', 2],
    ['a 12.25', 12.25],
    ['a .25', 0.25],
    ['a 1e10', 1e10],
    ['a 1e3', 1000],
    ['a 1.5E-3', 0.0015],
    ['a 1e+2', 100],
    ['a Inf', Infinity],
    ['a +Inf', Infinity],
    ['a -Inf', -Infinity],
    ['a NaN', NaN],
    ['a Nan', NaN],
    ['a{} 3', 3],
    ['a{x="1",} 3', 3],
    ['a{x="1"}4', 4],
    ['  a 5', 5],
  ])('%s', (line, value) => {
    expect(valueOf(line)?.value).toBe(value);
  });

  test.each([
    'a',
    'a 1 x',
    'a x1',
    'a 1x',
    'a 1e',
    'a .',
    'a e5',
    'a 1e5.5',
    'a toString',
    'a 1 2 3',
    '1a 1',
    '{x="1"} 1',
    'a{x="1" 1',
    'a{x="1} 1',
    'a{x=1} 1',
    'a{x "1"} 1',
    'a{="1"} 1',
    'a{1x="1"} 1',
    'a{x="1"',
    'a{x="\\"} 1',
    'a{x:y="1"} 1',
    `a{${'x'.repeat(201)}="1"} 1`,
    `a{x${' '.repeat(30)}="1"} 1`,
    'a{x="1"}',
  ])('none: %s', (line) => {
    expect(isRead(line)).toBe(false);
  });

  test('names and labels', () => {
    const [sample] = samplesOf(parseMetrics('a:b_1{ _x1 = "1" , Y="\\\\n\\n\\"\\q" } 2 '), 'a:b_1');
    expect(sample).toEqual({
      name: 'a:b_1',
      labels: new Map([
        ['_x1', '1'],
        ['Y', '\\n\n"\\q'],
      ]),
      value: 2,
      timeMs: undefined,
    });
  });

  test('times are milliseconds in the one format, seconds in the other', () => {
    expect(valueOf('a 1 1700000000123')?.timeMs).toBe(1_700_000_000_123);
    expect(valueOf('a  1 \t 1700000000123')?.timeMs).toBe(1_700_000_000_123);
    expect(valueOf('a 1 1700000000.5')?.timeMs).toBe(1_700_000_000_500);
    expect(valueOf('a 1 99999999999')?.timeMs).toBe(99_999_999_999_000);
    expect(valueOf('a 1 100000000000')?.timeMs).toBe(100_000_000_000);
  });

  test('an exemplar is not part of it', () => {
    const line = 'a{x="y # z"} 1 # {trace="1"} 0.5 1700000000';
    expect(valueOf(line)).toMatchObject({ value: 1, timeMs: undefined });
    expect(isRead('a 1# {trace="1"} 0.5')).toBe(false);
  });
});

describe('families', () => {
  test('what comments say of them', () => {
    expect(familyOf('# HELP a What it is \\n here\n#TYPE a counter\n# UNIT a s\na 1', 'a')).toEqual(
      {
        name: 'a',
        type: 'counter',
        help: 'What it is \n here',
        unit: 's',
        samples: [expect.objectContaining({ value: 1 }) as object],
      },
    );
    expect(familyOf('#  HELP  a   b  c\n#TYPE\ta\tgauge\na 1', 'a')).toMatchObject({
      help: 'b  c',
      type: 'gauge',
    });
    for (const type of ['gauge', 'gaugehistogram', 'summary', 'info', 'stateset', 'histogram'])
      expect(familyOf(`# TYPE a ${type}\na 1`, 'a')?.type).toBe(type);
    for (const comment of [
      '# TYPE a new',
      '# a counter',
      '# TYPE',
      '# TYPE 1a counter',
      'x# TYPE a counter',
    ])
      expect([comment, familyOf(`${comment}\na 1`, 'a')?.type]).toEqual([comment, 'unknown']);
  });

  test('without comments', () => {
    expect(familyOf('a 1', 'a')).toEqual({
      name: 'a',
      type: 'unknown',
      help: '',
      unit: '',
      samples: [{ name: 'a', labels: new Map(), value: 1, timeMs: undefined }],
    });
  });

  test.each([
    ['histogram', ['_bucket', '_sum', '_count', '_created']],
    ['summary', ['_sum', '_count']],
    ['counter', ['_total', '_created']],
    ['info', ['_info']],
    ['gaugehistogram', ['_bucket', '_gsum', '_gcount']],
  ])('samples of a %s belong to it', (type, suffixes) => {
    const text = `# TYPE a ${type}\n${suffixes.map((suffix) => `a${suffix} 1`).join('\n')}`;
    const page = parseMetrics(text);
    expect([...page.families.keys()]).toEqual(['a']);
    for (const suffix of suffixes) expect(samplesOf(page, `a${suffix}`)).toHaveLength(1);
    expect(samplesOf(page, 'a')).toEqual([]);
  });

  test('a gauge has no parts, and a name of its own goes first', () => {
    expect([...parseMetrics('# TYPE a gauge\na_total 1').families.keys()]).toEqual([
      'a',
      'a_total',
    ]);
    expect([...parseMetrics('# HELP a x\na_total 1').families.keys()]).toEqual(['a', 'a_total']);
    const both = parseMetrics('# TYPE a counter\n# TYPE a_total gauge\na_total 1');
    expect(both.families.get('a')?.samples).toEqual([]);
    expect(both.families.get('a_total')?.samples).toHaveLength(1);
    expect(familyOf('a 1\na 2', 'a')?.samples).toHaveLength(2);
  });

  test('which labels fit', () => {
    const page = parseMetrics('a{x="1",y="1"} 1\na{x="1",y="2"} 2\na{x="2"} 4');
    expect(sumOf(page, 'a')).toBe(7);
    expect(sumOf(page, 'a', { x: '1' })).toBe(3);
    expect(sumOf(page, 'a', { x: '1', y: '2' })).toBe(2);
    expect(sumOf(page, 'a', { x: '3' })).toBeUndefined();
    expect(sumOf(page, 'a', { z: '' })).toBeUndefined();
  });
});

describe('a page', () => {
  test('names twenty damaged lines and counts the rest', () => {
    const bad = (count: number) => parseMetrics(`a 1\n${'?\n'.repeat(count)}`).warnings;
    expect(bad(20)).toHaveLength(20);
    expect(bad(20).at(-1)).toContain('Line 21 ');
    expect(bad(23)).toHaveLength(21);
    expect(bad(23).at(-1)).toBe('So were 3 more lines.');
  });

  test('lines count from 1, blank ones and comments too', () => {
    expect(parseMetrics('\n# HELP a b\n\r\n?\na 1').warnings).toEqual([
      'Line 4 is not a sample and was skipped.',
    ]);
  });

  test('without a sample is none', () => {
    for (const [text, lines] of [
      ['', 0],
      ['<html>\n# HELP a b\n', 2],
    ] as const)
      expect(() => parseMetrics(text)).toThrow(
        expect.objectContaining({ code: 'metrics-none', details: { lines } }),
      );
  });

  test('states whether it is complete', () => {
    expect(parseMetrics('a 1').openMetrics).toBe(false);
    expect(parseMetrics('a 1\n # EOF \nb 2')).toMatchObject({ openMetrics: true, samples: 1 });
    expect(parseMetrics('a 1\n# EOF?\nb 2')).toMatchObject({ openMetrics: false, samples: 2 });
  });

  test('without the head that curl -i shows, which is only at the beginning', () => {
    for (const end of ['\n', '\r\n']) {
      const head = ['HTTP/1.1 200 OK', 'age 5', 'x: y'];
      expect(parseMetrics([...head, '', 'a 1', '', 'b 1'].join(end))).toMatchObject({
        samples: 2,
        warnings: [],
      });
      expect(parseMetrics(['b 1', ...head, '', 'a 1'].join(end)).samples).toBe(3);
    }
  });
});

describe('quantiles', () => {
  const histogram = (...buckets: [string, number][]) =>
    parseMetrics(`last 1\n${buckets.map(([le, n]) => `h_bucket{le="${le}"} ${n}`).join('\n')}`);

  test('are interpolated within the bucket', () => {
    const page = histogram(['1', 2], ['3', 6], ['+Inf', 8]);
    expect([0, 0.25, 0.5, 0.75].map((q) => quantileOf(page, 'h', q))).toEqual([0, 1, 2, 3]);
    // The least of what is in the second bucket.
    expect(quantileOf(histogram(['1', 0], ['2', 4], ['+Inf', 4]), 'h', 0)).toBe(1);
    // Nobody knows how far the last one goes.
    expect(quantileOf(page, 'h', 0.8)).toBe(3);
    expect(quantileOf(page, 'h', 1)).toBe(3);
  });

  test('buckets come in any order, and of all label sets together', () => {
    const page = parseMetrics(
      'h_bucket{le="+Inf",x="1"} 4\nh_bucket{le="2",x="1"} 4\nh_bucket{le="1",x="1"} 0\n' +
        'h_bucket{le="+Inf",x="2"} 4\nh_bucket{le="2",x="2"} 4\nh_bucket{le="1",x="2"} 4',
    );
    expect(quantileOf(page, 'h', 0.5)).toBe(1);
    expect(quantileOf(page, 'h', 0.75)).toBe(1.5);
    expect(quantileOf(page, 'h', 0.5, { x: '1' })).toBe(1.5);
  });

  test('below zero the first bucket is taken as its bound', () => {
    expect(quantileOf(histogram(['-1', 4], ['+Inf', 4]), 'h', 0.5)).toBe(-1);
    expect(quantileOf(histogram(['-2', 0], ['-1', 4], ['+Inf', 4]), 'h', 0.5)).toBe(-1.5);
  });

  test('of nothing are none', () => {
    expect(quantileOf(histogram(['1', 0], ['+Inf', 0]), 'h', 0.5)).toBeUndefined();
    expect(quantileOf(histogram(), 'h', 0.5)).toBeUndefined();
    expect(quantileOf(histogram(['x', 5]), 'h', 0.5)).toBeUndefined();
    expect(quantileOf(parseMetrics('h_bucket 5'), 'h', 0.5)).toBeUndefined();
    expect(quantileOf(histogram(['+Inf', 5]), 'h', 0.5)).toBe(0);
  });
});

describe('the dashboard', () => {
  const dashboard = (...lines: string[]) =>
    nodeDashboard(parseMetrics(['last 1', ...lines].join('\n')));

  test('takes each number from its metric', () => {
    const labels = ['last', 'processed', 'verified'].map(
      (kind, i) => `spacemesh_tortoise_state_layers{kind="${kind}"} ${100 - i}`,
    );
    expect(
      dashboard(
        'process_start_time_seconds 1700000000',
        'process_resident_memory_bytes 11',
        'process_cpu_seconds_total 12',
        'go_info{version="go1.26"} 1',
        'spacemesh_p2p_total_peers 13',
        'spacemesh_p2p_total_connections{dir="in"} 10',
        'spacemesh_p2p_total_connections{dir="out"} 4',
        'spacemesh_syncer_sync_state{state="synced"} 1',
        'spacemesh_syncer_sync_state{state="atx_synced"} 1',
        ...labels,
        'spacemesh_vm_applied_layer 97',
        'spacemesh_syncer_layer 96',
        'spacemesh_tortoise_mode 1',
        'spacemesh_database_total_size 15',
        'spacemesh_database_table_size{name="small"} 1',
        'spacemesh_database_table_size{name="large"} 3',
        'spacemesh_database_table_size 2',
        'spacemesh_activation_post_duration 2500000000',
        'spacemesh_miner_proposal_build_seconds_count 17',
        'spacemesh_miner_proposal_build_seconds_bucket{le="1"} 19',
        'spacemesh_miner_proposal_build_seconds_bucket{le="2"} 20',
        'spacemesh_miner_proposal_build_seconds_bucket{le="+Inf"} 20',
        'spacemesh_activation_publish_window_seconds_count{condition="ontime"} 18',
        'spacemesh_activation_publish_window_seconds_count{condition="late"} 19',
        'spacemesh_malfeasance_num_proofs 20',
        'spacemesh_hare_exit_errors 21',
        'spacemesh_tortoise_errors 22',
        'spacemesh_syncer_runs{outcome="not"} 23',
        'spacemesh_syncer_runs{outcome="ok"} 1000',
        'spacemesh_proposals_errs 24',
        'process_network_receive_bytes_total 25',
        'process_network_transmit_bytes_total 26',
        'spacemesh_api_http_request_duration_seconds_count{code="200"} 30',
        'spacemesh_api_http_request_duration_seconds_count{code="404"} 5',
        'spacemesh_api_http_request_duration_seconds_count{code="501"} 6',
        'spacemesh_api_http_request_duration_seconds_count{code="2404"} 7',
        'spacemesh_api_http_request_duration_seconds_count 8',
      ),
    ).toEqual({
      startedMs: 1_700_000_000_000,
      memoryBytes: 11,
      cpuS: 12,
      goVersion: 'go1.26',
      peers: 13,
      connections: 14,
      sync: 'synced',
      atxsSynced: true,
      layers: { last: 100, processed: 99, verified: 98, applied: 97, synced: 96 },
      tortoiseMode: 'full',
      databaseBytes: 15,
      tables: [
        { name: 'large', bytes: 3 },
        { name: '', bytes: 2 },
        { name: 'small', bytes: 1 },
      ],
      postProofS: 2.5,
      proposalsBuilt: 17,
      proposalBuildP95S: 1,
      atxsOnTime: 18,
      atxsLate: 19,
      malfeasanceProofs: 20,
      errors: [
        { name: 'hare', count: 21 },
        { name: 'tortoise', count: 22 },
        { name: 'sync', count: 23 },
        { name: 'proposals', count: 24 },
      ],
      trafficInBytes: 25,
      trafficOutBytes: 26,
      apiCalls: 56,
      apiErrors: 11,
    });
  });

  test('of a page without a node is empty', () => {
    const { layers, tables, errors, ...numbers } = dashboard();
    expect(Object.values({ ...numbers, ...layers })).toEqual(
      Array.from({ length: 25 }, () => undefined),
    );
    expect([tables, errors]).toEqual([[], []]);
  });

  test.each([
    [['synced', 1, 'gossip', 0, 'not', 0], 'synced'],
    [['synced', 0, 'gossip', 1, 'not', 0], 'gossip'],
    [['synced', 0, 'gossip', 0, 'not', 1], 'not synced'],
    [['synced', 0, 'gossip', 0], undefined],
  ])('sync by %j: %s', (states, sync) => {
    const lines = [];
    for (let i = 0; i < states.length; i += 2)
      lines.push(`spacemesh_syncer_sync_state{state="${states[i] ?? ''}"} ${states[i + 1] ?? ''}`);
    expect(dashboard(...lines).sync).toBe(sync);
  });

  test('states that are off', () => {
    expect(dashboard('spacemesh_syncer_sync_state{state="atx_synced"} 0').atxsSynced).toBe(false);
    expect(dashboard('spacemesh_tortoise_mode 0').tortoiseMode).toBe('verifying');
    expect(dashboard('spacemesh_hare_exit_errors 0').errors).toEqual([]);
  });
});

describe('servers', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  /** What a browser does with an answer that it may not show: fetch fails, but somebody is there. */
  async function unreadable() {
    let asked = 0;
    return serve((_, response) => {
      if (asked++ === 0) response.destroy();
      else response.end('x');
    });
  }
  const never = new AbortController().signal;

  describe('metrics', () => {
    test('are asked for by their path, wherever the address ends', async () => {
      const asked: string[] = [];
      const base = await serve((request, response) => {
        asked.push(request.url ?? '');
        response.end('a 1');
      });
      for (const path of [
        '',
        '/',
        '/metrics',
        '/metrics/',
        '/node',
        '/metrics/metrics',
        '/metrics-2',
      ])
        expect(await fetchMetrics(base + path, never)).toBe('a 1');
      expect(asked).toEqual([
        '/metrics',
        '/metrics',
        '/metrics',
        '/metrics',
        '/node/metrics',
        '/metrics/metrics',
        '/metrics-2/metrics',
      ]);
    });

    test('refused, kept back, or no response', async () => {
      const base = await serve((_, response) => response.writeHead(404).end());
      await expect(fetchMetrics(base, never)).rejects.toMatchObject({
        code: 'metrics-refused',
        details: { url: `${base}/metrics`, httpStatus: 404 },
      });
      const mute = await unreadable();
      await expect(fetchMetrics(mute, never)).rejects.toMatchObject({
        code: 'metrics-not-allowed',
        details: { url: `${mute}/metrics` },
        cause: expect.any(TypeError) as object,
      });
      await expect(fetchMetrics('127.0.0.1:1', never)).rejects.toMatchObject({
        code: 'metrics-unreachable',
        details: { url: 'http://127.0.0.1:1/metrics' },
        cause: expect.any(TypeError) as object,
      });
    });

    test('no longer wanted', async () => {
      const stop = new AbortController();
      const base = await serve(() => stop.abort());
      await expect(fetchMetrics(base, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    });
  });

  describe('ranges of Prometheus', () => {
    const range = { query: 'up', fromMs: 1_000_000, toMs: 1_600_000 };
    const success = (result: unknown, status = 'success') =>
      JSON.stringify({ status, data: { resultType: 'matrix', result } });

    test('in steps of full seconds, with about the number of points asked for', async () => {
      const steps: (string | null)[] = [];
      const base = await serve((request, response) => {
        steps.push(new URL(request.url ?? '', base).searchParams.get('step'));
        response.end(success([]));
      });
      for (const points of [undefined, 100, 7, 10_000, 0, -5])
        await queryRange(base, { ...range, ...(points !== undefined && { points }) });
      expect(steps).toEqual(['2s', '6s', '86s', '1s', '600s', '600s']);
    });

    test('below a path, with start and end in seconds', async () => {
      const asked: string[] = [];
      const base = await serve((request, response) => {
        asked.push(request.url ?? '');
        response.end(success([]));
      });
      await queryRange(`${base}/prom`, range);
      expect(asked).toEqual(['/prom/api/v1/query_range?query=up&start=1000&end=1600&step=2s']);
    });

    test('labels as text, and of the points those that are points', async () => {
      const base = await serve((_, response) =>
        response.end(
          success([
            {
              metric: { a: 'x', n: 7 },
              values: [[1, '-Inf'], [2, '0.5'], ['3', '1'], [4, 1], '5', null],
            },
            { metric: ['a'], values: 'none' },
            { values: [[1, '+Inf']] },
            [],
            7,
          ]),
        ),
      );
      expect(await queryRange(base, range)).toEqual([
        {
          labels: { a: 'x', n: '7' },
          points: [
            [1000, -Infinity],
            [2000, 0.5],
          ],
        },
        { labels: {}, points: [] },
        { labels: {}, points: [[1000, Infinity]] },
      ]);
    });

    test.each([
      ['no data', '{"status":"success"}'],
      ['data that is a list', '{"status":"success","data":[]}'],
      ['data that is nothing', '{"status":"success","data":null}'],
      ['a result that is no list', '{"status":"success","data":{"result":{"0":1}}}'],
    ])('%s is not a series', async (_what, body) => {
      const base = await serve((_, response) => response.end(body));
      expect(await queryRange(base, range)).toEqual([]);
    });

    test('a refusal states why', async () => {
      const base = await serve((_, response) =>
        response.writeHead(400).end('{"status":"error","error":"parse error"}'),
      );
      await expect(queryRange(base, range)).rejects.toMatchObject({
        code: 'prometheus-refused',
        message: 'Prometheus refused the query: parse error',
        details: { httpStatus: 400, query: 'up' },
      });
      const silent = await serve((_, response) => response.writeHead(503).end('{"error":7}'));
      await expect(queryRange(silent, range)).rejects.toMatchObject({
        message: expect.stringContaining('HTTP 503') as string,
      });
    });

    test.each(['<html>', 'null', '7', '"x"'])('%s is not a valid answer', async (body) => {
      const base = await serve((_, response) => response.end(body));
      await expect(queryRange(base, range)).rejects.toMatchObject({
        code: 'prometheus-foreign-answer',
        details: { httpStatus: 200 },
      });
    });

    test('kept back, no response, no longer wanted', async () => {
      const mute = await unreadable();
      await expect(queryRange(mute, range)).rejects.toMatchObject({
        code: 'prometheus-origin-not-allowed',
        details: { origin: mute },
        cause: expect.any(TypeError) as object,
      });
      await expect(queryRange('http://127.0.0.1:1/x', range)).rejects.toMatchObject({
        code: 'prometheus-unreachable',
        details: { origin: 'http://127.0.0.1:1' },
        cause: expect.any(TypeError) as object,
      });
      const stop = new AbortController();
      const base = await serve(() => stop.abort(new Error('enough')));
      await expect(queryRange(base, { ...range, signal: stop.signal })).rejects.toThrow('enough');
    });
  });

  test.each([
    ['localhost', 'http://localhost'],
    [' https://x.org:9090/prom/// ', 'https://x.org:9090/prom'],
    ['HTTPS://X.org', 'https://x.org'],
    ['http://[::1]:9090/', 'http://[::1]:9090'],
    ['x.org:9090/a/b', 'http://x.org:9090/a/b'],
    ['x.org/a://b', 'http://x.org/a://b'],
  ])('the address %s is %s', (text, url) => {
    expect(serverUrl(text)).toBe(url);
  });

  test.each([
    ['', 'server-url-invalid'],
    ['http://', 'server-url-invalid'],
    ['a b', 'server-url-invalid'],
    ['ftp://x.org', 'server-url-scheme'],
    ['a+b.c-1://x', 'server-url-scheme'],
    ['http://me@x.org', 'server-url-password'],
    ['http://:hunter2@x.org', 'server-url-password'],
  ])('the address %j is %s', (text, code) => {
    expect(() => serverUrl(text)).toThrow(expect.objectContaining({ code }));
  });
});
