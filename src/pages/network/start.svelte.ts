/**
 * Where every part of the page starts from: a preset or the network of the open state.sql, with the
 * assumptions that the user changed. The address holds the choice; the reading stays until another is made.
 */
import { assumptionList, classNames } from '../../simulate/network/assumptions';
import type { RealIdentities } from '../../simulate/network/population';
import { networkPresets } from '../../simulate/network/presets';
import { networkPopulation, type NetworkPopulation } from '../../state/queries/population';
import type { Database } from '../../state/database';
import { Job } from '../../ui/job.svelte';
import { route } from '../../ui/route.svelte';
import { network } from '../shared/network.svelte';
import { formatOverrides, parseOverrides, type Overrides } from './overrides';

const defaults = new Map(assumptionList().map(({ key, value }) => [key, value]));
const known: ReadonlySet<string> = new Set(defaults.keys());

export type StartId = 'expectation' | 'reality' | 'yours';

class Start {
  readonly id: StartId = $derived(
    (['expectation', 'reality', 'yours'] as const).find((id) => id === route.param('start')) ??
      'reality',
  );
  /** What the user changed. */
  readonly changed: Overrides = $derived(parseOverrides(route.param('a'), known));
  readonly growsAsRead: boolean = $derived(route.param('grow') !== '0');

  readonly reading = new Job<NetworkPopulation, never>();
  /** The database that the reading is of, by name. */
  readFrom = $state.raw('');

  /** What the start sets, before the user's changes. */
  readonly preset: Overrides = $derived.by(() => {
    if (this.id !== 'yours')
      return networkPresets.find(({ id }) => id === this.id)?.input.assumptions ?? {};
    const growth = this.reading.result?.unitGrowth;
    if (!this.growsAsRead || growth === undefined || growth === null) return {};
    // The reading excludes those who left, the model's growth does not.
    return Object.fromEntries(
      classNames.map((name) => {
        const leaving = this.changed[`${name}.leaving`] ?? defaults.get(`${name}.leaving`) ?? 0;
        return [`${name}.growth`, Number(Math.max(0, growth + leaving).toPrecision(4))];
      }),
    );
  });
  readonly overrides: Overrides = $derived({ ...this.preset, ...this.changed });

  readonly identities: RealIdentities | undefined = $derived.by(() => {
    if (this.id !== 'yours' || !this.reading.result) return undefined;
    const groups = this.reading.result.owners.flatMap(({ sizes, ties }, owner) =>
      [...sizes].map(([units, count]) => ({ units, count, owner, ties })),
    );
    return {
      units: groups.map(({ units }) => units),
      counts: groups.map(({ count }) => count),
      owners: groups.map(({ owner }) => owner),
      // Those that publish together have been married long enough; those that do not yet have just begun.
      marriedFor: groups.map(({ ties }) => ({ none: -1, married: 0, merged: 2 })[ties]),
    };
  });

  choose(id: StartId): void {
    route.update({ start: id === 'reality' ? undefined : id });
  }

  /** Reads the network of a database and starts from it. */
  async read(database: Database): Promise<void> {
    const found = await this.reading.start(async ({ signal }) => {
      await network.look(database, signal);
      return networkPopulation(database, { signal });
    });
    if (!found) return;
    this.readFrom = database.info.name;
    this.choose('yours');
  }

  /** Sets an assumption; undefined brings back what the start has. */
  change(key: string, value: number | undefined): void {
    const rest = Object.entries(this.changed).filter(([other]) => other !== key);
    const entries = value === undefined ? rest : [...rest, [key, value] as const];
    route.update({ a: formatOverrides(Object.fromEntries(entries)) });
  }

  changeNothing(): void {
    route.update({ a: undefined });
  }
}

export const start = new Start();
