import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type initSqlJs from 'sql.js';
import { expect, test } from 'vitest';
import type { Engine } from '../../../../src/state/engine/engine';
import { loadSql, stepHookOf } from '../../../../src/state/engine/sqljs';
import { openStepHook } from '../../../../src/state/engine/step-hook';
import { loadNodeSql, openOnDisk } from '../../../support/node-engine';

const endless =
  'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';
const require = createRequire(import.meta.url);
const browserBuild = 'sql.js/dist/sql-wasm-browser';
const browserModule = new WebAssembly.Module(readFileSync(require.resolve(`${browserBuild}.wasm`)));

/** The page's build, started again: it starts once per load of its script. */
function freshInit(): typeof initSqlJs {
  const path = require.resolve(`${browserBuild}.js`);
  Reflect.deleteProperty(require.cache, path);
  return require(path) as typeof initSqlJs;
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as Error).name;
  }
}

test('loadSql: the build of Node and the build of the page, have a hook', async () => {
  expect(stepHookOf(await loadNodeSql())).toBeDefined();
  const SQL = await loadSql({ module: browserModule, init: freshInit() });
  expect(stepHookOf(SQL)).toBeDefined();
});

test('Engine: a statement that only computes is cancelled, and the next one is answered', async () => {
  let asked = 0;
  let limit = Infinity;
  const engine: Engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql', {
    isCancelled: () => ++asked > limit,
  });
  const cursor = engine.cursor(endless);
  limit = asked + 5;
  expect(codeOf(() => cursor.nextRow())).toBe('AbortError');
  limit = Infinity;
  expect(engine.firstRow('SELECT count(*) FROM atxs', [])).toEqual([72]);
});

test('openStepHook: a structure that is not the known one, gives no hook and leaves SQLite usable', async () => {
  let instance: WebAssembly.Instance | undefined;
  const SQL = await freshInit()({
    instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => void,
    ) => {
      instance = new WebAssembly.Instance(browserModule, imports);
      receive(instance);
      return {};
    },
  });
  if (!instance) throw new Error('SQLite was not started');
  /** As in a version whose structure is longer. */
  class Moved extends SQL.Database {
    readonly db: number;
    constructor() {
      super();
      this.db = (this as unknown as { db: number }).db + 8;
    }
    override close(): void {
      (this as { db: number }).db -= 8;
      super.close();
    }
  }
  expect(openStepHook({ ...SQL, Database: Moved }, instance)).toBeUndefined();
  expect(new SQL.Database().exec('SELECT 1')[0]?.values).toEqual([[1]]);
  expect(openStepHook(SQL, instance)).toBeDefined();
});
