import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parser as promql } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import {
  nodeDashboard,
  parseMetrics,
  quantileOf,
  samplesOf,
  sumOf,
} from '../../../../src/node/metrics/metrics';
import {
  alertRules,
  charts,
  grafanaDashboard,
  scrapeConfig,
} from '../../../../src/node/metrics/monitoring';
import { queryRange, serverUrl } from '../../../../src/node/metrics/prometheus';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../data/node/metrics/${name}`, import.meta.url), 'utf8');

describe('metrics of real nodes', () => {
  test.each(['A_supervised.prom', 'B_1toN.prom'])('%s: every line is read', (name) => {
    const text = fixture(name);
    const page = parseMetrics(text);
    expect(page.warnings).toEqual([]);
    expect(page.samples).toBe(
      text.split('\n').filter((line) => line && !line.startsWith('#')).length,
    );
    expect(page.families.size).toBe(text.match(/^# TYPE /gm)?.length);
    const inside = [...page.families.values()].reduce((sum, one) => sum + one.samples.length, 0);
    expect(inside).toBe(page.samples);
  });

  test('A: the dashboard', () => {
    const dashboard = nodeDashboard(parseMetrics(fixture('A_supervised.prom')));
    expect(dashboard).toMatchObject({
      goVersion: 'go1.26.8',
      peers: 3,
      connections: 3,
      sync: 'synced',
      atxsSynced: true,
      layers: { last: 99, processed: 99, verified: 97, applied: 99, synced: 98 },
      tortoiseMode: 'verifying',
      databaseBytes: 1_515_520,
      postProofS: 4.595165802,
      proposalsBuilt: 80,
      atxsOnTime: 10,
      atxsLate: 0,
      malfeasanceProofs: 1,
    });
    expect(dashboard.tables[0]).toEqual({ name: 'poets', bytes: 520_192 });
    expect(dashboard.errors).toContainEqual({ name: 'sync', count: 26 });
    expect(dashboard.apiErrors).toBeGreaterThan(0);
    expect(dashboard.proposalBuildP95S).toBeGreaterThan(0.01);
  });

  test('every chart names a metric that a node has', () => {
    const { families } = parseMetrics(fixture('A_supervised.prom'));
    const names = new Set(
      [...families.values()].flatMap(({ samples }) => samples.map(({ name }) => name)),
    );
    for (const { query } of charts)
      for (const [name] of query.matchAll(/(?:spacemesh|process)_\w+/g))
        expect(names).toContain(name);
  });
});

describe('the format', () => {
  test('escapes, special values, times, labels in any order', () => {
    const page = parseMetrics(
      [
        '# HELP a back\\\\slash and\\nline',
        '# TYPE a gauge',
        'a{x="q\\"uote\\n}, #",y="" , } -1.5e-3 1700000000000',
        'a NaN',
        'a{le="+Inf"} +Inf',
        'b_total{} 7',
      ].join('\r\n'),
    );
    expect(page.families.get('a')?.help).toBe('back\\slash and\nline');
    const [first] = samplesOf(page, 'a');
    expect(first?.labels).toEqual(
      new Map([
        ['x', 'q"uote\n}, #'],
        ['y', ''],
      ]),
    );
    expect([first?.value, first?.timeMs]).toEqual([-0.0015, 1.7e12]);
    expect(
      samplesOf(page, 'a')
        .map(({ value }) => value)
        .slice(1),
    ).toEqual([Number.NaN, Infinity]);
    expect(sumOf(page, 'b_total')).toBe(7);
    expect(sumOf(page, 'c')).toBeUndefined();
  });

  test('OpenMetrics: units, exemplars, seconds, the end', () => {
    const page = parseMetrics(
      '# TYPE r_seconds histogram\n# UNIT r_seconds seconds\nr_seconds_bucket{le="1.0"} 3 1700000000.5 # {trace_id="x # y"} 0.7 1700000000.1\nr_seconds_bucket{le="+Inf"} 4\nr_seconds_count 4\nr_seconds_sum 5.5\n# TYPE c counter\nc_total 9\nc_created 1.7e9\n# EOF\nthis is not read',
    );
    expect(page).toMatchObject({ openMetrics: true, warnings: [], samples: 6 });
    expect(page.families.get('r_seconds')).toMatchObject({ unit: 'seconds', type: 'histogram' });
    expect(samplesOf(page, 'r_seconds_bucket')[0]?.timeMs).toBe(1_700_000_000_500);
    expect(page.families.get('c')?.samples).toHaveLength(2);
    expect(quantileOf(page, 'r_seconds', 0.5)).toBeCloseTo(2 / 3);
    expect(quantileOf(page, 'r_seconds', 0.99)).toBe(1);
  });

  test('leaves damaged lines out and states which', () => {
    const page = parseMetrics('a 1\na{x="} 2\na{x=1} 2\n1a 2\na 1 2 3\na\nb 0x10\nc 1');
    expect(page.samples).toBe(2);
    expect(page.warnings).toHaveLength(6);
    expect(page.warnings[0]).toContain('Line 2');
  });

  test('refuses text that is not a metrics page', () => {
    for (const text of ['', '<html></html>', '{"a": 1}', '# HELP a b'])
      expect(() => parseMetrics(text)).toThrow(expect.objectContaining({ code: 'metrics-none' }));
  });

  test('a page with the head that curl -i shows', () => {
    expect(parseMetrics('HTTP/1.1 200 OK\r\nA: b 1\r\n\r\na 1\n').samples).toBe(1);
  });

  test('comes back from what was written', () => {
    const escape = (text: string) =>
      text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const label = fc.string().filter((text) => !/[\r\u2028\u2029]/.test(text));
    fc.assert(
      fc.property(label, fc.double({ noNaN: true, noDefaultInfinity: true }), (text, value) => {
        const page = parseMetrics(`m{l="${escape(text)}"} ${value}`);
        expect(samplesOf(page, 'm', { l: text })[0]?.value).toBe(value + 0);
      }),
      { numRuns: 300 },
    );
  });

  test('never fails in another way, and takes linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          expect(parseMetrics(text).samples).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'metrics-none' });
        }
      }),
      { numRuns: 300 },
    );
    expect(parseMetrics(`a 1\n${'a{'.repeat(500_000)}`).samples).toBe(1);
    expect(parseMetrics(`a 1\na{x="${'\\'.repeat(500_001)}`).samples).toBe(1);
  });
});

describe('files for Prometheus and Grafana', () => {
  /** Where a query is no PromQL, by Prometheus's own grammar. */
  const promqlErrors = (query: string): number[] => {
    const errors: number[] = [];
    promql.parse(query).iterate({
      enter: ({ type, from }) => {
        if (type.isError) errors.push(from);
      },
    });
    return errors;
  };

  test('scrape config', () => {
    const targets = ['192.168.1.5:1010', '[::1]:1010'];
    expect(parseYaml(scrapeConfig(targets))).toMatchObject({
      rule_files: ['spacemesh-alerts.yml'],
      scrape_configs: [{ job_name: 'spacemesh', static_configs: [{ targets }] }],
    });
    for (const target of ['http://x:1', 'x', 'x:1\n- y:2', '"x":1'])
      expect(() => scrapeConfig([target])).toThrow(/host:port/);
  });

  test('alert rules: YAML whose queries are PromQL, each with its description', () => {
    const { groups } = parseYaml(alertRules()) as {
      groups: {
        rules: { alert: string; expr: string; for: string; annotations: { summary: string } }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(6);
    for (const rule of rules) {
      expect([rule.alert, promqlErrors(rule.expr)]).toEqual([rule.alert, []]);
      expect(rule.for).toMatch(/^\d+m$/);
      expect(rule.annotations.summary).toMatch(/^\{\{ \$labels\.instance \}\}: [A-Z].*\.$/);
    }
    expect(promqlErrors('rate(x[5m')).not.toEqual([]);
  });

  test('dashboard', () => {
    const dashboard = JSON.parse(grafanaDashboard()) as { panels: { gridPos: { x: number } }[] };
    expect(dashboard.panels).toHaveLength(charts.length);
    for (const { query } of charts)
      expect([query, promqlErrors(query.replaceAll('$nodes', '.*'))]).toEqual([query, []]);
  });
});

describe('a Prometheus server', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());
  const serve = async (status: number, body: string) => {
    const asked: string[] = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return { asked, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const range = { query: 'up{job="a&b"}', fromMs: 0, toMs: 3_600_000 };

  test('gives ranges', async () => {
    const { asked, base } = await serve(
      200,
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"instance":"a"},"values":[[1.5,"2"],[2.5,"NaN"],[3.5,"+Inf"]]}]}}',
    );
    const [series] = await queryRange(base, range);
    expect(series).toEqual({
      labels: { instance: 'a' },
      points: [
        [1500, 2],
        [2500, Number.NaN],
        [3500, Infinity],
      ],
    });
    const url = new URL(asked[0] ?? '', base);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      query: 'up{job="a&b"}',
      start: '0',
      end: '3600',
      step: '12s',
    });
  });

  test.each([
    [400, '{"status":"error","errorType":"bad_data","error":"parse error"}', 'prometheus-refused'],
    [200, '<html>Grafana</html>', 'prometheus-foreign-answer'],
    [200, 'null', 'prometheus-foreign-answer'],
  ])('%i %s', async (status, body, code) => {
    const { base } = await serve(status, body);
    await expect(queryRange(base, range)).rejects.toMatchObject({ code });
  });

  test('hostile shapes give empty series, no response gives advice', async () => {
    const { base } = await serve(
      200,
      '{"status":"success","data":{"result":[null,{"metric":3,"values":[[1],["a","b"],7]}]}}',
    );
    expect(await queryRange(base, range)).toEqual([{ labels: {}, points: [] }]);
    await expect(queryRange('http://127.0.0.1:1', range)).rejects.toMatchObject({
      code: 'prometheus-unreachable',
    });
  });

  test('addresses', () => {
    expect(serverUrl(' 127.0.0.1:9090/ ')).toBe('http://127.0.0.1:9090');
    expect(serverUrl('https://x.org/prom/?a#b')).toBe('https://x.org/prom');
    for (const text of ['', 'ftp://x', 'javascript://x', 'http://', 'http://me:hunter2@x'])
      expect(() => serverUrl(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
      );
  });
});
