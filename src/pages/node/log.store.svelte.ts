/** The open log and the search in it. The log is read in place by its worker; hits are kept up to a bound. */
import type { LogCursor, LogEntry, LogFilter, LogMatches, LogSummary } from '../../node/log/types';
import { logLevels, type LogLevel } from '../../node/log/lines';
import { LogSession } from '../../node/log/session';
import type { Progress } from '../../base/progress';
import { tableOf } from '../../ui/cells';
import { Job } from '../../ui/job.svelte';
import { readUtc, utcTime } from './time';

const pageOfHits = 500;
/** A user who looks through more than this needs a narrower filter, not more rows. */
const mostHits = 20_000;

const columns = ['line', 'time (UTC)', 'level', 'service', 'smesher', 'message', 'fields', 'more'];

export class LogStore {
  name = $state('');
  readonly opening = new Job<LogSummary, Progress>();
  readonly searching = new Job<LogMatches, Progress>();

  /** The least level that is shown. */
  level = $state<LogLevel>('DEBUG');
  service = $state('');
  smesher = $state('');
  from = $state('');
  to = $state('');
  text = $state('');
  newestFirst = $state(false);

  entries = $state.raw<readonly LogEntry[]>([]);
  #next = $state.raw<LogCursor>();
  #searched = $state.raw<LogFilter>();
  #session: LogSession | undefined;

  readonly summary = $derived(this.opening.result);
  readonly filter: LogFilter = $derived({
    ...(this.level === 'DEBUG' ? {} : { levels: logLevels.slice(logLevels.indexOf(this.level)) }),
    ...(this.service === '' ? {} : { services: [this.service] }),
    ...(this.smesher.trim() === '' ? {} : { smesher: this.smesher.trim() }),
    ...(this.text === '' ? {} : { text: this.text }),
    fromMs: readUtc(this.from),
    toMs: readUtc(this.to),
  });
  /** Further hits exist and may be fetched. */
  readonly hasMore = $derived(this.#next !== undefined && this.entries.length < mostHits);
  readonly full = $derived(this.#next !== undefined && this.entries.length >= mostHits);

  readonly table = $derived(
    tableOf(
      columns,
      this.entries.map((entry) => [
        entry.line,
        utcTime(entry.timeMs),
        entry.level,
        entry.service,
        entry.smesher ?? '',
        entry.message,
        Object.keys(entry.fields).length > 0 ? JSON.stringify(entry.fields) : '',
        entry.more.length > 0 ? entry.more.join('\n') : '',
      ]),
    ),
  );

  async open(file: File): Promise<void> {
    this.close();
    this.name = file.name;
    const session = new LogSession();
    this.#session = session;
    const summary = await this.opening.start((controls) => session.open(file, controls));
    if (summary) await this.search();
  }

  close(): void {
    this.opening.reset();
    this.searching.reset();
    this.#session?.close();
    this.#session = undefined;
    this.entries = [];
    this.#next = undefined;
    Object.assign(this, { level: 'DEBUG', service: '', smesher: '', from: '', to: '', text: '' });
  }

  /** From the beginning, by the current form. */
  async search(): Promise<void> {
    this.entries = [];
    this.#next = undefined;
    this.#searched = this.filter;
    await this.#find();
  }

  /** The next page of the same search, with the form as it was then. */
  more = (): Promise<void> => this.#find();

  async #find(): Promise<void> {
    const session = this.#session;
    const filter = this.#searched;
    if (!session || !filter) return;
    const after = this.#next;
    const found = await this.searching.start((controls) =>
      session.find(filter, {
        ...controls,
        limit: pageOfHits,
        newestFirst: this.newestFirst,
        after,
      }),
    );
    if (!found) return;
    this.entries = [...this.entries, ...found.entries];
    this.#next = found.next;
  }
}
