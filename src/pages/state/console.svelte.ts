/** The console's state: the text, its parameters, and what was run. */
import { SvelteMap } from 'svelte/reactivity';
import type { Database } from '../../state/database';
import { WorkbenchError } from '../../base/error';
import { formatCount } from '../../base/format';
import type { RowBatch } from '../../base/packed-rows';
import { parametersOf, splitStatements } from '../../state/sql-text';
import type { PlanStep, SqlValue } from '../../state/types';
import { isAbort } from '../../base/abort';
import { addToHistory } from '../../storage/queries';
import { parseParameter } from '../../state/parameter';
import { ResultRows } from './result-rows';

/** One statement that was run, with its rows as they come. */
export class Run {
  readonly sql: string;
  readonly params: Readonly<Record<string, SqlValue>>;
  state = $state<'waiting' | 'running' | 'done' | 'failed' | 'cancelled'>('waiting');
  rows = $state.raw(new ResultRows([]));
  plan = $state.raw<readonly PlanStep[]>();
  truncated = $state(false);
  ms = $state(0);
  error = $state.raw<unknown>();

  constructor(sql: string, params: Readonly<Record<string, SqlValue>>) {
    this.sql = sql;
    this.params = params;
  }
}

/** Memory of the rows that one result may show. */
const maxBytes = 256 * 1024 * 1024;

/** A growing table is drawn again at most this often. */
const showEveryMs = 120;

/** SQLite takes 32,766 parameters; a form with more fields than this is unusable. */
const mostParameters = 100;

/** Each has a button for its result. */
const mostStatements = 100;

/** None of a text that is too long to be run: running it states why. */
function parameterNamesOf(text: string): readonly string[] {
  try {
    return parametersOf(text).slice(0, mostParameters);
  } catch (error) {
    if (error instanceof WorkbenchError) return [];
    throw error;
  }
}

/** What the console asks of a database. */
export type ConsoleDatabase = Pick<Database, 'info' | 'stream' | 'explain'>;

export class SqlDesk {
  readonly #database: ConsoleDatabase;
  text = $state('');
  selection = $state('');
  /** As typed, by name. */
  readonly params = new SvelteMap<string, string>();
  maxRows = $state(10_000);
  runs = $state.raw<readonly Run[]>([]);
  shown = $state(0);
  running = $state(false);
  /** How many times something was run. */
  started = $state(0);
  /** What keeps the text from being run at all. */
  error = $state.raw<unknown>();
  #stop: AbortController | undefined;

  constructor(database: ConsoleDatabase) {
    this.#database = database;
  }

  readonly parameterNames: readonly string[] = $derived(parameterNamesOf(this.text));

  /** Columns that the schema declares as unsigned 64-bit: SQLite keeps these as signed ones. */
  get unsigned(): string[] {
    return this.#database.info.tables.flatMap(({ columns }) =>
      columns.filter(({ type }) => /unsigned/i.test(type)).map(({ name }) => name),
    );
  }

  bind(sql: string): Record<string, SqlValue> {
    return Object.fromEntries(
      parametersOf(sql).map((name) => [name, parseParameter(name, this.params.get(name) ?? '')]),
    );
  }

  /** Runs every statement of the text, one after another, up to the first that fails. */
  async run(text: string, { explain = false } = {}): Promise<void> {
    this.cancel();
    this.error = undefined;
    this.started++;
    const stop = new AbortController();
    this.#stop = stop;
    try {
      const statements = splitStatements(text);
      if (statements.length > mostStatements)
        throw new WorkbenchError(
          'sql-too-many-statements',
          `The text has ${formatCount(statements.length)} statements; at most ${mostStatements} are run together. Select a part of it and run that.`,
          { statements: statements.length, mostStatements },
        );
      this.runs = statements.map(({ sql }) => new Run(sql, this.bind(sql)));
    } catch (error) {
      this.runs = [];
      this.error = error;
      return;
    }
    this.shown = 0;
    this.running = true;
    if (!explain) void addToHistory(text.trim()).catch(() => undefined);
    for (const [i, run] of this.runs.entries()) {
      this.shown = i;
      await this.#runOne(run, explain, stop.signal);
      if (run.state !== 'done') break;
    }
    if (this.#stop === stop) this.running = false;
  }

  async #runOne(run: Run, explain: boolean, signal: AbortSignal): Promise<void> {
    run.state = 'running';
    try {
      if (explain) {
        run.plan = await this.#database.explain(run.sql, { signal });
      } else {
        let pending: RowBatch[] = [];
        let shownMs = 0;
        const end = await this.#database.stream(run.sql, run.params, {
          signal,
          maxRows: this.maxRows,
          maxBytes,
          unsigned: this.unsigned,
          onBatch: (batch, columns) => {
            if (run.rows.columns.length === 0) run.rows = new ResultRows(columns);
            pending.push(batch);
            if (performance.now() - shownMs < showEveryMs) return;
            run.rows = run.rows.with(pending);
            pending = [];
            shownMs = performance.now();
          },
        });
        run.rows = run.rows.with(pending);
        run.truncated = end.truncated;
        run.ms = end.ms;
      }
      run.state = 'done';
    } catch (error) {
      run.state = isAbort(error) ? 'cancelled' : 'failed';
      run.error = error;
    }
  }

  cancel(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.running = false;
  }
}
